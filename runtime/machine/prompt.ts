/** A prompt that ends in a block of lines: the last line's break is not part of the text. */
export function withoutLastBreak(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
