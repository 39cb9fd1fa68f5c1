import type { Expression, Jump, Statement } from "../../grammar/index.js";
import { join, show } from "../types/type.js";
import type { Context, Lane, Scope } from "./context.js";
import { requireType } from "./require.js";

/** Whether a statement is a jump that cannot stand where it stands. */
export function isMisplaced({ lane, loop }: Scope, { kind }: Statement): boolean {
  switch (kind) {
    case "return":
      return lane !== undefined;
    case "yield":
      return lane === undefined;
    case "break":
    case "continue":
      return loop === undefined;
    default:
      return false;
  }
}

/** `break` and `continue` need a loop around them, `return` a value that fits the flow, `yield` a `parallel`. */
export function checkJump(context: Context, scope: Scope, jump: Jump): void {
  const { lane, loop, output } = scope;
  switch (jump.kind) {
    case "return":
      // In a prompt, where the pick that it ends was reported.
      if (output === undefined) context.typeOf(scope, jump.value);
      else requireType(context, scope, jump.value, output);
      if (lane !== undefined) context.report("F322", jump.span, { jump: jump.kind });
      break;
    case "yield":
      if (lane !== undefined) checkYield(context, scope, lane, jump.value);
      else {
        context.typeOf(scope, jump.value);
        context.report("F323", jump.span, {});
      }
      break;
    default:
      if (loop !== undefined) loop.broken ||= jump.kind === "break";
      else context.report(lane === undefined ? "F305" : "F322", jump.span, { jump: jump.kind });
  }
}

function checkYield(context: Context, scope: Scope, lane: Lane, value: Expression): void {
  if (lane.wanted !== undefined) {
    requireType(context, scope, value, lane.wanted);
    lane.element = lane.wanted;
    return;
  }
  const earlier = lane.element;
  const found = context.typeOf(scope, value, earlier);
  lane.element = earlier === undefined ? found : join(earlier, found);
  if (earlier === undefined || lane.element !== undefined) return;
  lane.element = earlier;
  context.report("F201", value.span, { expected: show(earlier), found: show(found) });
}
