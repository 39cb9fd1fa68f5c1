import type { Random } from "../random.js";
import { type Mutator, spliced } from "./mutator.js";

/** What editors, terminals and copied web pages bring along, and what JavaScript or HTML would take for a sign. */
const unusual: readonly string[] = [
  "\u0000",
  "\u0001",
  "\u001b[2J",
  "\u007f",
  "\u0085",
  "\u00a0",
  "\u00ad",
  "\u200b",
  "\u200d",
  "\u200f",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066",
  "\u2069",
  "\ufeff",
  "\ufffd",
  "\uffff",
  "\ud800",
  "\udc00",
  "\u{1f600}",
  "\u{e0001}",
  "e\u0301",
  "\r",
  "\r\n",
  "\n\r",
  "\v",
  "\f",
  "\u0130",
  "\u00df",
  "\u0430",
  "\uff50",
  "\u201c",
  "\u2019",
  "\u2014",
];

const signs = [..."{}()[]<>\"'`\\/#.,:;=+-*%?|!&^~@$_ \t\n0129azAZ"];

export const editCharacter: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  const inserted = random.oneIn(3) ? "" : random.one(signs);
  return spliced(text, at, at + random.below(2), inserted);
};

export const insertUnusual: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  return spliced(text, at, at + random.below(2), random.one(unusual).repeat(random.oneIn(8) ? 50 : 1));
};

export const swapCharacters: Mutator = (text, random) => {
  const at = random.below(text.length);
  return spliced(text, at, at + 2, (text[at + 1] ?? "") + (text[at] ?? ""));
};

/** A bit of a byte: what comes out of UTF-8 that is none any more. */
export const flipBit: Mutator = (text, random) => {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return text;
  const at = random.below(bytes.length);
  bytes[at] = bytes[at]! ^ (1 << random.below(8));
  return bytes.toString("utf8");
};

export const truncate: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  return random.oneIn(2) ? text.slice(0, at) : text.slice(at);
};

export const removeStretch: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  return spliced(text, at, at + random.size(7), "");
};

export const repeatStretch: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  const end = at + random.size(6);
  return spliced(text, at, at, text.slice(at, end).repeat(random.size(5)));
};

/** All line breaks as another system, or none, writes them. */
export const changeBreaks: Mutator = (text, random) =>
  text.replace(/\r?\n/g, random.one(["\r\n", "\r", "\n\n\n", " ", "\u2028"]));

/** Half of one text and half of another. */
export const splice: Mutator = (text, random, corpus) => {
  const other = random.one(corpus);
  const [from, to] = [cut(text, random), cut(other, random)];
  return text.slice(0, from) + other.slice(to);
};

/** Lines of another text in the middle of one. */
export const insertLines: Mutator = (text, random, corpus) => {
  const other = random.one(corpus).split("\n");
  const first = random.below(other.length);
  const lines = text.split("\n");
  lines.splice(
    random.below(lines.length + 1),
    random.below(3),
    ...other.slice(first, first + random.size(4)),
  );
  return lines.join("\n");
};

/** A place to cut at: at the end of a line half of the time. */
function cut(text: string, random: Random): number {
  const at = random.below(text.length + 1);
  const end = random.oneIn(2) ? text.indexOf("\n", at) : at;
  return end === -1 ? text.length : end;
}
