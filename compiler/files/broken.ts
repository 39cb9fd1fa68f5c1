import type { Declaration, ImportDeclaration, Parsed } from "../../grammar/index.js";

/** Mistakes in values whose places in the tree are what they would be without them. */
const values: ReadonlySet<string> = new Set(["bad-escape", "number-too-large"]);

/**
 * Declarations and imports whose text could not be read in full: a problem stands between them and the next one. What
 * is found at the very beginning of one is missed at the end of the one before.
 */
export function brokenIn({ file, problems }: Parsed): ReadonlySet<Declaration | ImportDeclaration> {
  const broken = new Set<Declaration | ImportDeclaration>();
  const nodes = [...file.imports, ...file.declarations].sort((a, b) => a.span.start - b.span.start);
  let at = 0;
  for (const { kind, span } of problems) {
    while (at + 1 < nodes.length && nodes[at + 1]!.span.start < span.start) at++;
    const node = nodes[at];
    // A path is used before anything is checked.
    const isRead = values.has(kind) && node !== undefined && !("from" in node);
    if (node !== undefined && node.span.start < span.start && !isRead) broken.add(node);
  }
  return broken;
}
