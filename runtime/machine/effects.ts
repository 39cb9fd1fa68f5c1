import type { Json } from "./json.js";
import { advanceLane } from "./lanes.js";
import { unexpectedReply } from "./replies.js";
import type { EffectClass, EffectRequest, Pending, Reply, Request } from "./request.js";
import { conform } from "./schema.js";

/** Whether a request is for the simulator, not for an agent. */
export function isEffect(request: Pending): request is EffectRequest {
  return "effect" in request;
}

/** What is asked of agents alone. */
export function agentRequests(pending: readonly Pending[]): readonly Request[] {
  return pending.filter((request): request is Request => !isEffect(request));
}

/** @param inputs a record of plain JSON values */
export function effectRequest(
  id: string,
  site: string,
  effect: string,
  kind: EffectClass,
  inputs: object,
): EffectRequest {
  return { id, point: id, site, effect, class: kind, inputs: inputs as EffectRequest["inputs"] };
}

/** What an effect gave to the request `point`, as its schema orders its fields. */
export function effectReply<T>(point: string, schema: Json, id: string, reply: Reply): T {
  if (id !== point) throw unexpectedReply(id, point);
  if (reply.kind !== "effect") throw new RangeError(`${id} takes an effect reply, not a ${reply.kind} one`);
  const fitted = conform(schema, reply.value);
  if ("problem" in fitted) throw new RangeError(`what ${id} gave does not fit: ${fitted.problem}`);
  return fitted.value as T;
}

/** A pass of a `parallel`; `done` once it has ended. */
interface Lane {
  readonly at: string;
}

/**
 * What the passes of a `parallel` ask whose effects change the simulator's state: a pass waits with such an effect
 * until all passes before it have ended. So there is one order of effects, whoever answers in which order, and at most
 * one of them is open at a time. All else is asked at once.
 */
export function pendingInOrder<L extends Lane>(
  lanes: readonly L[],
  pending: (lane: L) => readonly Pending[],
): readonly Pending[] {
  const first = lanes.findIndex((lane) => lane.at !== "done");
  return lanes.flatMap((lane, index) => {
    const requests = pending(lane);
    return index > first ? requests.filter((request) => !changes(request)) : requests;
  });
}

/**
 * Like `advanceLane`, where passes wait for their turn.
 * @throws RangeError too for a reply to an effect whose turn has not come
 */
export function advanceInOrder<L extends Lane>(
  lanes: readonly L[],
  pending: (lane: L) => readonly Pending[],
  advance: (lane: L, id: string, reply: Reply) => L,
  depth: number,
  id: string,
  reply: Reply,
): readonly L[] {
  const waits =
    reply.kind === "effect" && !pendingInOrder(lanes, pending).some((request) => request.id === id);
  if (waits) throw unexpectedReply(id);
  return advanceLane(lanes, advance, depth, id, reply);
}

function changes(request: Pending): boolean {
  return isEffect(request) && request.class !== "pure";
}
