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
export function quote(value: string | number | boolean | null): string {
  return JSON.stringify(value).replace(special, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A name of the emitted program that stands among data. */
export class Code {
  constructor(readonly name: string) {}
}

/** What fits into a line of this width is written on one. */
const dataWidth = 100;

/** Plain data as an expression: what is short on one line, everything else one element or field a line. */
export function data(value: unknown, indent = ""): string {
  const flat = flatData(value);
  if (
    flat.length + indent.length <= dataWidth ||
    typeof value !== "object" ||
    value === null ||
    value instanceof Code
  ) {
    return flat;
  }
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const lines = Object.entries(value).map(([key, each]) => {
    return `${inner}${Array.isArray(value) ? "" : `${fieldName(key)}: `}${data(each, inner)},\n`;
  });
  return `${open}\n${lines.join("")}${indent}${close}`;
}

function flatData(value: unknown): string {
  if (value instanceof Code) return value.name;
  if (Array.isArray(value)) return `[${value.map(flatData).join(", ")}]`;
  if (typeof value !== "object" || value === null) return quote(value as string | number | boolean | null);
  const fields = Object.entries(value).map(([key, each]) => `${fieldName(key)}: ${flatData(each)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

/** Only the language's own words and checked names are keys, and `$defs` and the like of JSON Schema. */
function fieldName(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
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
