import type { Expression } from "../../grammar/index.js";
import { type Builder, newBlock } from "./builder.js";
import type { Block } from "./ir.js";
import { asks } from "./sequence.js";

/** Goes to one of two blocks, asking no more than it takes to know which. */
export function lowerCondition(b: Builder, node: Expression, whenTrue: Block, whenFalse: Block): void {
  if (node.kind === "unary" && node.operator === "not") {
    lowerCondition(b, node.operand, whenFalse, whenTrue);
  } else if (
    node.kind === "binary" &&
    (node.operator === "and" || node.operator === "or") &&
    asks(b, node.right)
  ) {
    const more = newBlock(node.operator);
    if (node.operator === "and") lowerCondition(b, node.left, more, whenFalse);
    else lowerCondition(b, node.left, whenTrue, more);
    b.enter(more);
    lowerCondition(b, node.right, whenTrue, whenFalse);
  } else {
    b.exit({ kind: "if", condition: b.lower(node), whenTrue, whenFalse, span: node.span });
  }
}
