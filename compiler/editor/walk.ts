import type { Span } from "../../grammar/index.js";

/**
 * Anything in the syntax tree that stands somewhere. Queries that ask all nodes the same thing need not know their
 * kinds, so a node more in the language is found by them too.
 */
export interface AnyNode {
  readonly span: Span;
  readonly kind?: string;
  readonly [property: string]: unknown;
}

/** Calls `visit` for every node under a part of the tree, parents before what they hold. */
export function walk(part: unknown, visit: (node: AnyNode) => void): void {
  if (typeof part !== "object" || part === null) return;
  if (isNode(part)) visit(part);
  for (const value of Array.isArray(part) ? part : Object.values(part)) walk(value, visit);
}

/** The nodes around an offset, from the whole to the smallest; one that ends there counts. */
export function nodesAt(part: unknown, offset: number): readonly AnyNode[] {
  const found: AnyNode[] = [];
  walk(part, (node) => {
    if (node.span.start <= offset && offset <= node.span.end) found.push(node);
  });
  return found;
}

function isNode(part: object): part is AnyNode {
  return "span" in part && !("start" in part);
}
