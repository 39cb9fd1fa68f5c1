import type { Expression } from "../ast.js";
import { limits } from "../limits.js";
import { partsOf } from "../parts.js";
import type { Building } from "./tree.js";

const depths = new WeakMap<Expression, number>();

/**
 * The node, or an error node after a problem if it is deeper than the limit. Everything that walks a tree afterwards
 * recurses, here and in the tools that read what is emitted, so depth is bounded where trees are made.
 */
export function bounded(node: Expression, building: Building): Expression {
  if (depthOf(node) <= limits.depth) return node;
  building.problems.push({
    kind: "too-many",
    what: "levels in an expression",
    limit: limits.depth,
    span: node.span,
  });
  return { kind: "error", span: node.span };
}

function depthOf(node: Expression): number {
  const known = depths.get(node);
  if (known !== undefined) return known;
  // A list may have more items than a function takes arguments.
  const depth = 1 + partsOf(node).reduce((deepest, part) => Math.max(deepest, depthOf(part)), 0);
  depths.set(node, depth);
  return depth;
}
