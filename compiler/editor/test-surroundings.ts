import type { Quoted, Span } from "../../grammar/index.js";
import { type CallSite, callSites } from "../check/sites.js";
import type { Known, TestSymbol } from "../check/symbols.js";
import type { FlowDocument } from "./document.js";
import type { Probe } from "./probe.js";

/** The agents and effects that the test around the cursor may mock, and does not yet. */
export function unmocked({ known, at }: Probe): readonly CallSite["callee"][] {
  const test = testAt(known, at);
  if (test?.flow === undefined) return [];
  const mocked = new Set(
    test.declaration.parts.flatMap((part) => (part.kind === "mock" ? [part.target.name] : [])),
  );
  const asked = new Set(callSites(known.facts, test.flow).map(({ callee }) => callee));
  return [...asked].filter(({ name }) => !mocked.has(name));
}

/** The ids that may stand between the quotes around an offset, if those of a site or a choice point do. */
export function idsAt(
  { text, known }: FlowDocument,
  offset: number,
): { readonly span: Span; readonly names: readonly string[] } | undefined {
  const test = testAt(known, offset);
  for (const part of test?.declaration.parts ?? []) {
    const quoted =
      part.kind === "path" ? part.points : part.kind === "mock" && part.target.quoted ? [part.target] : [];
    const span = quoted
      .map((each) => insideOf(each, text))
      .find(({ start, end }) => start <= offset && offset <= end);
    if (span === undefined) continue;
    const sites = test?.flow === undefined ? [] : callSites(known.facts, test.flow);
    const points = sites.filter(({ callee }) => callee.kind === "agent").map(({ id }) => `${id}@`);
    return { span, names: part.kind === "path" ? points : sites.map(({ id }) => id) };
  }
  return undefined;
}

function testAt({ tests }: Known, offset: number): TestSymbol | undefined {
  return tests.find(({ declaration: { span } }) => span.start <= offset && offset <= span.end);
}

/** Without the quotes; the closing one may not be there yet. */
function insideOf({ span }: Quoted, text: string): Span {
  const isClosed = span.end - span.start > 1 && text[span.end - 1] === '"';
  return { start: span.start + 1, end: isClosed ? span.end - 1 : span.end };
}
