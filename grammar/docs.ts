import type { IToken } from "chevrotain";

/** Looks up the `///` lines that stand directly above an offset (a blank line between breaks the tie). */
export function docLookup(text: string, docs: readonly IToken[]): (offset: number) => string {
  const byEnd = new Map(docs.map((doc) => [doc.startOffset + doc.image.length, doc]));
  return (offset) => {
    const lines: string[] = [];
    let doc = byEnd.get(lineEndAbove(text, offset));
    while (doc !== undefined) {
      lines.push(doc.image.replace(/^\/\/\/ ?/, "").trimEnd());
      doc = byEnd.get(lineEndAbove(text, doc.startOffset));
    }
    return lines.reverse().join("\n");
  };
}

/** Where the text of the line above ends, if only blanks stand before `offset` on its own line; else -1. */
function lineEndAbove(text: string, offset: number): number {
  let at = offset - 1;
  while (at >= 0 && (text[at] === " " || text[at] === "\t")) at--;
  if (text[at] === "\r") return at;
  if (text[at] !== "\n") return -1;
  return text[at - 1] === "\r" ? at - 1 : at;
}
