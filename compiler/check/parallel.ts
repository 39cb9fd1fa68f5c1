import type { Parallel } from "../../grammar/index.js";
import { listOf, type Type, unknown } from "../types/type.js";
import { type Context, childScope, declare, type Lane, type Scope } from "./context.js";
import { elementOf } from "./operators.js";
import { requireList } from "./require.js";

/**
 * The passes of a `parallel` run beside one another, so that none may change what another sees, or leave the flow: a
 * pass ends with `yield` alone.
 * @param expected the type that is wanted for the list
 */
export function checkParallel(
  context: Context,
  scope: Scope,
  node: Parallel,
  expected: Type | undefined,
): Type {
  if (scope.silent !== undefined) context.report("F307", node.head, { place: scope.silent });
  const element = requireList(context, scope, node.list);
  const wanted = expected && elementOf(expected);
  const lane: Lane = { wanted, element: undefined };
  const inner = childScope(scope, { loop: undefined, lane });
  declare(context, inner, node.name, element, "loop variable");
  const reach = context.checkBlock(inner, node.body);
  if (reach === "yes") context.report("F324", node.head, {});
  else if (reach === "perhaps") context.followUp("F324", node.head, {});
  // Without a `yield` something else was reported.
  return listOf(lane.element ?? unknown);
}
