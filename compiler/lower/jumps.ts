import type { Jump } from "../../grammar/index.js";
import type { Builder } from "./builder.js";

/** Leaves a pass, a loop or a flow. */
export function lowerJump(b: Builder, node: Jump): void {
  const { span } = node;
  if (node.kind === "yield") {
    b.exit({ kind: "return", value: b.lower(node.value), span });
    return;
  }
  if (node.kind === "return") {
    const { returns } = b.frame;
    const value = b.lower(node.value, returns?.result);
    if (returns === undefined) b.exit({ kind: "return", value, span });
    else {
      if (value.kind !== "local" || value.local !== returns.result) b.assign(returns.result, value, span);
      b.goto(returns.to, span);
    }
    return;
  }
  const targets = b.frame.loops.at(-1);
  if (targets === undefined) throw new Error(`a ${node.kind} stands outside a loop`);
  b.goto(node.kind === "break" ? targets.exit : targets.next, span);
}
