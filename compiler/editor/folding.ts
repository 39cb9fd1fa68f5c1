import type { FlowDocument } from "./document.js";

/** Lines, counted from 1, that an editor may hide: all but the first. */
export interface Fold {
  readonly first: number;
  readonly last: number;
  readonly kind: "block" | "prompt" | "comment";
}

/**
 * Brackets and prompts of several lines, and runs of comments. Goes by the lexemes alone, so it works however broken
 * the text is.
 */
export function foldsOf({ lexemes, sources }: FlowDocument): readonly Fold[] {
  const folds: Fold[] = [];
  const add = (kind: Fold["kind"], first: number, last: number) => {
    if (last > first) folds.push({ kind, first, last });
  };
  const open: { readonly text: string; readonly line: number }[] = [];
  let quotes: number | undefined;
  let comments: { first: number; last: number } | undefined;
  for (const { kind, text, span } of lexemes) {
    const { line } = sources.positionAt(span.start);
    if (kind === "comment" || kind === "doc") {
      if (comments?.last === line - 1) comments.last = line;
      else {
        if (comments !== undefined) add("comment", comments.first, comments.last);
        comments = { first: line, last: line };
      }
    } else if (kind === "quotes") {
      if (quotes !== undefined) add("prompt", quotes, line);
      quotes = quotes === undefined ? line : undefined;
    } else if (kind === "sign" && closing.has(text)) open.push({ text: closing.get(text)!, line });
    else if (kind === "sign" && closers.has(text)) {
      const at = open.findLastIndex((each) => each.text === text);
      // The line of the closing bracket stays to be seen.
      if (at !== -1) add("block", open[at]!.line, line - 1);
      if (at !== -1) open.length = at;
    }
  }
  if (comments !== undefined) add("comment", comments.first, comments.last);
  return folds.sort((a, b) => a.first - b.first);
}

const closing: ReadonlyMap<string, string> = new Map([
  ["{", "}"],
  ["(", ")"],
  ["[", "]"],
]);
const closers: ReadonlySet<string> = new Set(closing.values());
