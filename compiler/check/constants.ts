import type { BinaryOperator, Expression } from "../../grammar/index.js";

type Constant = string | number | boolean;

/**
 * What an expression always gives, as far as its text alone tells: of literals, and of what compares and joins them.
 * Variables are not followed, so that a flow may have its switches: `let verbose = false`.
 */
export function constantOf(node: Expression): Constant | undefined {
  switch (node.kind) {
    case "text":
    case "number":
    case "bool":
      return node.value;
    case "unary": {
      const operand = constantOf(node.operand);
      if (node.operator === "not") return typeof operand === "boolean" ? !operand : undefined;
      return typeof operand === "number" ? -operand : undefined;
    }
    case "binary": {
      const { operator } = node;
      const left = constantOf(node.left);
      const right = constantOf(node.right);
      if (operator === "and" || operator === "or") {
        const decisive = operator === "or";
        if (left === decisive || right === decisive) return decisive;
        return left === undefined || right === undefined ? undefined : !decisive;
      }
      if (operator === "in" && isEmptyList(node.right)) return false;
      if (operator === "not in" && isEmptyList(node.right)) return true;
      return left === undefined || right === undefined ? undefined : compare(operator, left, right);
    }
    default:
      return undefined;
  }
}

export function isEmptyList(node: Expression): boolean {
  return node.kind === "list" && node.items.length === 0;
}

/** Texts are ordered by code points in the language, so only their equality is decided here. */
function compare(operator: BinaryOperator, left: Constant, right: Constant): boolean | undefined {
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== right;
  if (typeof left !== "number" || typeof right !== "number") return undefined;
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    default:
      return undefined;
  }
}
