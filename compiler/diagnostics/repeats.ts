import type { Span } from "../../grammar/index.js";
import type { Code } from "./catalogue.js";
import type { Diagnostic } from "./diagnostic.js";

/** What is said once for a whole program if it is the same again, since it is about a name that all of it sees. */
const inProgram: ReadonlySet<Code> = new Set(["F102", "F103", "F107", "F205", "F206"]);

/** What is said once for a declaration. */
const inDeclaration: ReadonlySet<Code> = new Set(["F101"]);

/**
 * The diagnostics in the order of their places. One mistake shows wherever a name is used, so the same about the same
 * name is one diagnostic at the first place, which knows of the others.
 * @param followUps what is only said as one of the other places
 * @param starts where declarations begin, in their order
 */
export function withoutRepeats(
  diagnostics: readonly Diagnostic[],
  followUps: readonly Diagnostic[],
  starts: readonly number[],
): Diagnostic[] {
  const first = new Map<string, Diagnostic & { readonly repeats: Span[] }>();
  for (const diagnostic of inOrder(diagnostics)) {
    const key = keyOf(diagnostic, starts);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, { ...diagnostic, repeats: [] });
    else repeat(earlier, diagnostic);
  }
  for (const diagnostic of inOrder(followUps)) {
    const told = first.get(keyOf(diagnostic, starts));
    if (told !== undefined) repeat(told, diagnostic);
  }
  for (const { repeats } of first.values()) repeats.sort((a, b) => a.start - b.start);
  return inOrder([...first.values()]);
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted((a, b) => a.span.start - b.span.start);
}

function repeat(
  { span, repeats }: { readonly span: Span; readonly repeats: Span[] },
  { span: other }: Diagnostic,
): void {
  if (![span, repeats.at(-1)].some((each) => each?.start === other.start)) repeats.push(other);
}

/** The same for what is said once. */
function keyOf({ code, message, span }: Diagnostic, starts: readonly number[]): string {
  const place = inProgram.has(code)
    ? ""
    : inDeclaration.has(code)
      ? before(starts, span)
      : `at ${span.start}`;
  return `${code} ${place} ${message}`;
}

/** How many declarations begin in front of a place. */
function before(starts: readonly number[], { start }: Span): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}
