import type { SourceText, Span } from "../grammar/index.js";
import type { TestSymbol } from "./check/symbols.js";

/**
 * Tests are no part of the machine, so nothing that is emitted changes with them: neither the hash of the source nor the
 * source that a map holds.
 */

/** A file's text without its tests and the blanks in front of each. */
export function withoutTests(source: SourceText, tests: readonly TestSymbol[]): string {
  return cut(source, tests, () => "");
}

/** The same with every line where it was, but for those behind the last of what is left. */
export function withoutTestLines(source: SourceText, tests: readonly TestSymbol[]): string {
  const text = cut(source, tests, (removed) => removed.replace(/[^\r\n]/g, ""));
  return text === source.text ? text : `${text.trimEnd()}\n`;
}

function cut(source: SourceText, tests: readonly TestSymbol[], left: (removed: string) => string): string {
  const { text, base } = source;
  let kept = "";
  let at = 0;
  for (const { start, end } of testsIn(source, tests)) {
    const before = text.slice(at, start - base).trimEnd();
    kept += before + left(text.slice(at + before.length, end - base));
    at = end - base;
  }
  return kept + text.slice(at);
}

function testsIn({ base, text }: SourceText, tests: readonly TestSymbol[]): readonly Span[] {
  return tests
    .map(({ declaration }) => declaration.span)
    .filter(({ start, end }) => base <= start && end <= base + text.length)
    .sort((a, b) => a.start - b.start);
}
