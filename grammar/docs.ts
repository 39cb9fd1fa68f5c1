import type { IToken } from "chevrotain";

/** Looks up the `///` lines that stand directly above an offset (blank lines between break the tie). */
export function docLookup(text: string, docs: readonly IToken[]): (offset: number) => string {
  const byEnd = new Map(docs.map((doc) => [doc.startOffset + doc.image.length, doc]));
  return (offset) => {
    const lines: string[] = [];
    let at = offset;
    for (;;) {
      const gap = /\r?\n?[ \t]*$/.exec(text.slice(Math.max(0, at - 1_000), at))?.[0] ?? "";
      const doc = gap.includes("\n") ? byEnd.get(at - gap.length) : undefined;
      if (doc === undefined) return lines.join("\n");
      lines.unshift(doc.image.replace(/^\/\/\/ ?/, "").trimEnd());
      at = doc.startOffset;
    }
  };
}
