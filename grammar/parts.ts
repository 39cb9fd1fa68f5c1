import type { Expression } from "./ast.js";

/** The expressions that an expression is directly made of, in the order in which they are evaluated. */
export function partsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "error":
    case "text":
    case "number":
    case "bool":
    case "name":
      return [];
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
      return node.condition ? [node.list, node.condition, node.body] : [node.list, node.body];
    case "pick": {
      const condition = node.condition ? [node.condition] : [];
      const otherwise = "value" in node.otherwise ? [node.otherwise.value] : [];
      return [node.list, ...condition, node.scorer, ...otherwise];
    }
    // What its block holds is statements.
    case "parallel":
      return [node.list];
  }
}
