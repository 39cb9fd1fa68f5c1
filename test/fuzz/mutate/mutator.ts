import type { Random } from "../random.js";

/** Makes another text of one. */
export type Mutator = (text: string, random: Random, corpus: readonly string[]) => string;

/** The text with a stretch of it replaced. */
export function spliced(text: string, start: number, end: number, inserted: string): string {
  return text.slice(0, start) + inserted + text.slice(end);
}
