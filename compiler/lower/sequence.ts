import { type Call, type Expression, partsOf } from "../../grammar/index.js";
import type { Builder } from "./builder.js";
import type { Value } from "./ir.js";
import { local, mayFail } from "./values.js";

/**
 * Lowers expressions that are evaluated one after the other. What may fail is computed before a later one asks
 * anything; everything else gives the same whenever it is computed, since no variable is set inside an expression.
 */
export function lowerAll(b: Builder, nodes: readonly Expression[]): Value[] {
  const lastAsking = nodes.findLastIndex((node) => asks(b, node));
  return nodes.map((node, index) => {
    const value = b.lower(node);
    return index < lastAsking ? settled(b, value, node) : value;
  });
}

/** The value, computed here if it may fail. */
export function settled(b: Builder, value: Value, node: Expression): Value {
  return mayFail(value) ? local(b.spill(value, "value", b.typeOf(node), node.span)) : value;
}

/** Whether evaluating the expression asks an agent or enters another flow. */
export function asks(b: Builder, node: Expression): boolean {
  if (node.kind === "pick" || node.kind === "parallel") return true;
  return (node.kind === "call" && isAsked(b, node)) || partsOf(node).some((part) => asks(b, part));
}

/** Functions of the language and of modules are computed; agents are asked, flows entered. */
function isAsked({ program: { facts } }: Builder, node: Call): boolean {
  return !facts.builtInCalls.has(node) && !facts.externCalls.has(node);
}
