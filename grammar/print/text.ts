/** What has an escape of its own. */
const escapes: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\t", "\\t"],
  ["\r", "\\r"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);

/** A text in quotes. What cannot be seen, or changes the order of what can, is written by its number. */
export function quoted(text: string): string {
  return `"${text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
    /["\\\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (found) => escapes.get(found) ?? `\\u{${found.charCodeAt(0).toString(16)}}`,
  )}"`;
}
