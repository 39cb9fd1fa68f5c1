import type { Span } from "./source.js";

/** A part of a tree, or of what is said about one, with all of its spans moved by `base`. */
export function rebased<Part>(part: Part, base: number): Part {
  return base === 0 ? part : (moved(part, base) as Part);
}

function moved(part: unknown, base: number): unknown {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map((each) => moved(each, base));
  if (isSpan(part)) return { start: part.start + base, end: part.end + base };
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, moved(value, base)]));
}

function isSpan(part: object): part is Span {
  return "start" in part && "end" in part;
}
