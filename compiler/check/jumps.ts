import type { Jump } from "../../grammar/index.js";
import type { Context, Scope } from "./context.js";
import { requireType } from "./require.js";

/** `break` and `continue` need a loop around them, `return` a value that fits the flow. */
export function checkJump(context: Context, scope: Scope, jump: Jump): void {
  if (jump.kind === "return") {
    if (scope.output === undefined) throw new Error("a `return` stands outside a flow");
    requireType(context, scope, jump.value, scope.output);
  } else if (scope.loop === undefined) {
    context.report("F305", jump.span, { jump: jump.kind });
  } else if (jump.kind === "break") scope.loop.broken = true;
}
