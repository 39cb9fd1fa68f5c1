import { checkList, checkText } from "./sizes.js";

/**
 * The language's functions on texts. A text is a sequence of Unicode code points: what is counted, cut and compared
 * are these, never UTF-16 units. Functions that take a place may fail there.
 */

/** The text, if it is not too long. @throws FlowFailure if it is */
export function sized(text: string, place: string): string {
  checkText(text.length, place);
  return text;
}

/** Below 0 if `a` comes before `b` by code points, above 0 if after, 0 if they are the same. */
export function compare(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Surrogates stand for the code points beyond all others, though their own numbers are lower than some.
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** The number of code points. */
export function length(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i = after(text, i)) count++;
  return count;
}

/** The UTF-16 offset behind the code point at `i`. */
function after(text: string, i: number): number {
  return i + (text.codePointAt(i)! > 0xffff ? 2 : 1);
}

/** The UTF-16 offset of the code point with this index, or of the end. */
function offset(text: string, index: number): number {
  let at = 0;
  for (let left = index; left > 0 && at < text.length; left--) at = after(text, at);
  return at;
}

/** In small letters, by Unicode and not by the machine's language. */
export function lower(text: string): string {
  return text.toLowerCase();
}

/** In capital letters, by Unicode and not by the machine's language. */
export function upper(text: string): string {
  return text.toUpperCase();
}

/** Without the white space at both ends. */
export function trim(text: string): string {
  return text.trim();
}

/** The parts between the separators; by the empty text, the code points. */
export function split(text: string, by: string, place: string): readonly string[] {
  // Too many parts are found out before they are made: no more than one more than is allowed.
  if (by === "") {
    checkList(length(text), place);
    return Array.from(text);
  }
  let count = 1;
  for (let at = text.indexOf(by); at !== -1; at = text.indexOf(by, at + by.length)) count++;
  checkList(count, place);
  return text.split(by);
}

/** The lines, without their breaks (`\n` or `\r\n`); a break at the very end begins no further line. */
export function lines(text: string, place: string): readonly string[] {
  if (text === "") return [];
  const parts = split(text.endsWith("\n") ? text.slice(0, -1) : text, "\n", place);
  return parts.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** The runs of characters between white space. */
export function words(text: string, place: string): readonly string[] {
  const found = text.match(/\S+/gu) ?? [];
  checkList(found.length, place);
  return found;
}

/** The texts one after the other, with a separator between them. */
export function join(parts: readonly string[], by: string, place: string): string {
  let total = by.length * Math.max(0, parts.length - 1);
  for (const part of parts) total += part.length;
  checkText(total, place);
  return parts.join(by);
}

export function contains(text: string, part: string): boolean {
  return text.includes(part);
}

export function startsWith(text: string, part: string): boolean {
  return text.startsWith(part);
}

export function endsWith(text: string, part: string): boolean {
  return text.endsWith(part);
}

/** With every occurrence of `part`, from the left, replaced; an empty part occurs nowhere. */
export function replace(text: string, part: string, by: string, place: string): string {
  if (part === "") return text;
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++;
  checkText(text.length + count * (by.length - part.length), place);
  return text.replaceAll(part, () => by);
}

/** The index, in code points, of the first occurrence. */
export function find(text: string, part: string): number | null {
  const at = text.indexOf(part);
  return at === -1 ? null : length(text.slice(0, at));
}

/** The code points from one index up to another, as far as there are any. */
export function slice(text: string, from: number, to: number): string {
  const start = offset(text, from);
  if (to <= from) return "";
  return text.slice(start, start + offset(text.slice(start), to - Math.max(0, from)));
}

/** A text, a label, a number or a bool as JSON writes it, without quotes. */
export function of(value: string | number | boolean): string {
  return String(value);
}
