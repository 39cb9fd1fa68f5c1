import type { Expression } from "../ast.js";
import { limits } from "../limits.js";
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
  const depth = 1 + parts(node).reduce((deepest, part) => Math.max(deepest, depthOf(part)), 0);
  depths.set(node, depth);
  return depth;
}

function parts(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "call":
      return node.args;
    case "field":
      return [node.object];
    case "index":
      return [node.list, node.index];
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "is":
      return [node.subject];
    case "list":
      return node.items;
    case "record":
      return node.fields.map((field) => field.value);
    case "comprehension":
      return node.condition ? [node.body, node.list, node.condition] : [node.body, node.list];
    case "pick": {
      const jump = "value" in node.otherwise ? [node.otherwise.value] : [];
      return [node.list, node.scorer, ...(node.condition ? [node.condition] : []), ...jump];
    }
    // The body's statements are no expressions; blocks nest as deep as brackets may.
    case "parallel":
      return [node.list];
    default:
      return [];
  }
}
