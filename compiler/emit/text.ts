import type { Span } from "../../grammar/index.js";

/**
 * Text of the source becomes text of the emitted program only here: as a string literal or inside a comment, never
 * as code.
 */

/** Marks where code came from; private-use characters, which `quote` and `comment` let through from nowhere. */
const open = "\uE000";
const close = "\uE001";

/** Line separators are escaped for old readers, private-use characters because they are our marks. */
const special = /[\u2028\u2029\uE000\uE001\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** A value as a literal of JavaScript. */
export function quote(value: string | number | boolean): string {
  return JSON.stringify(value).replace(special, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Plain data as an expression, one element or field a line. */
export function data(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(special, escapeUnit);
}

/** Text that may stand in a block comment: it cannot close it. */
export function comment(text: string): string {
  return text.replace(special, "").replace(/\*\//g, "*\\/").replace(/\r/g, "");
}

/** A mark for the code that follows it. */
export function mark(span: Span): string {
  return `${open}${span.start}${close}`;
}

export interface Mark {
  /** Of the code: lines from 1, columns from 0, as source maps count. */
  readonly line: number;
  readonly column: number;
  /** UTF-16 offset into the source. */
  readonly offset: number;
}

/** The text without its marks, and where each stood. */
export function withoutMarks(text: string): { text: string; marks: Mark[] } {
  const marks: Mark[] = [];
  const lines = text.split("\n").map((line, index) => {
    let plain = "";
    for (const part of line.split(open)) {
      const end = part.indexOf(close);
      if (end !== -1)
        marks.push({ line: index + 1, column: plain.length, offset: Number(part.slice(0, end)) });
      plain += part.slice(end + 1);
    }
    return plain;
  });
  return { text: lines.join("\n"), marks };
}
