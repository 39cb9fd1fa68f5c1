/** The width of a text in pixels, as the generic monospace fonts have it: 0.6 of the font's size a character. */
export function widthOf(text: string, fontSize: number): number {
  let columns = 0;
  for (const each of text) columns += /\p{M}/u.test(each) ? 0 : isWide(each.codePointAt(0)!) ? 1.8 : 1;
  return columns * fontSize * 0.602;
}

/** East Asian letters and emoji take more room. */
function isWide(code: number): boolean {
  return code >= 0x1100 && (code <= 0x115f || (code >= 0x2e80 && code <= 0xffdc) || code >= 0x1f000);
}
