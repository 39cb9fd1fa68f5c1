import type { BinaryOperator } from "../../grammar/index.js";
import { bool, float, isNumber, join, type Type, text } from "../types/type.js";

/** What a list holds; nothing if it is none. */
export function elementOf(type: Type): Type | undefined {
  return type.kind === "list" ? type.element : undefined;
}

/** The operators that give a bool whatever stands beside them. */
export const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">=", "in", "not in"]);

/** What an operator makes of two known types; nothing if it does not work on them. */
export function operatorType(operator: BinaryOperator, left: Type, right: Type): Type | undefined {
  const numbers = isNumber(left) && isNumber(right);
  switch (operator) {
    case "==":
    case "!=":
      return join(left, right) && bool;
    case "in":
    case "not in":
      return right.kind === "list" && join(left, right.element) ? bool : undefined;
    case "<":
    case "<=":
    case ">":
    case ">=":
      return numbers || (left.kind === "text" && right.kind === "text") ? bool : undefined;
    case "/":
      return numbers ? float : undefined;
    case "??":
      return left.kind === "optional" ? join(left.element, right) : undefined;
    case "+":
      if (left.kind === "text" && right.kind === "text") return text;
      if (left.kind === "list" && right.kind === "list") return join(left, right);
      return numbers ? join(left, right) : undefined;
    default:
      return numbers ? join(left, right) : undefined;
  }
}
