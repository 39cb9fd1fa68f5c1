import { type Archive, archiveOf, found } from "./documents.js";

/*
 * What `archive.flow` has done. The state is a plain JSON value, and each function gives the one after.
 */

/** What the tools were used for so far. */
export interface Used {
  readonly archive: number;
  readonly reliable: boolean;
  readonly searches: number;
  readonly calculations: number;
  /** Titles of the documents in the notebook, each once. */
  readonly noted: readonly string[];
}

interface Input {
  readonly archive: number;
  readonly reliable: boolean;
}

/** The probability with which a tool fails that is not reliable. */
export const TROUBLE = 0.25;

export function start({ archive, reliable }: Input): Used {
  return { archive, reliable, searches: 0, calculations: 0, noted: [] };
}

/** A search costs the same whether it finds something or misses. */
export function search(used: Used, { query }: { readonly query: string }, random: () => number) {
  const state = { ...used, searches: used.searches + 1 };
  return { state, result: fails(used, random) ? [] : found(open(used), query) };
}

export function note(used: Used, { title }: { readonly title: string }) {
  const document = open(used).documents.find((each) => each.title === title);
  if (document === undefined) return { state: used, result: [] };
  const { facts } = document;
  if (used.noted.includes(title)) return { state: used, result: facts };
  return { state: { ...used, noted: [...used.noted, title] }, result: facts };
}

export function calculate(
  used: Used,
  { a, b, operation }: { readonly a: number; readonly b: number; readonly operation: "sum" | "difference" },
  random: () => number,
) {
  const state = { ...used, calculations: used.calculations + 1 };
  if (fails(used, random)) return { state, result: null };
  return { state, result: operation === "sum" ? a + b : Math.abs(a - b) };
}

function fails({ reliable }: Used, random: () => number): boolean {
  return !reliable && random() < TROUBLE;
}

const archives = new Map<number, Archive>();

/** An archive is a function of its number, so keeping it changes nothing but the time that it takes. */
function open({ archive: number }: Used): Archive {
  const archive = archives.get(number) ?? archiveOf(number);
  archives.set(number, archive);
  return archive;
}
