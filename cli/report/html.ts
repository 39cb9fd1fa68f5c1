/** Text that is HTML (or SVG) already, and may stand in a page as it is. Nothing from a run's files ever is. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a template: text is escaped, nothing stands for nothing. */
export type Part = Html | string | number | undefined | readonly Part[];

/** HTML with values in it. Values are text, shown as they are, unless they are `Html` themselves. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + rendered(values[i - 1]) + string));
}

function rendered(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string") return escaped(visible(part));
  if (typeof part === "number") return String(part);
  return part.map(rendered).join("");
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES.get(character)!);
}

/**
 * Text whose characters can all be seen: those that steer (control characters, what turns the reading direction around,
 * what has no width) and halves of a pair are written as escapes. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The beginning of a long text, and how much more there is. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most)}… (${count(text.length - most)} more characters)`;
}

/** A whole number with its thousands apart. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** A figure to three places. */
export function figure(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : "–";
}

/** Like `figure`, with a minus sign where there is one. */
export function plain(value: number): string {
  return `${value < 0 ? "−" : ""}${figure(Math.abs(value))}`;
}

/** Like `plain`, with a plus sign where there is none. */
export function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${plain(value)}`;
}
