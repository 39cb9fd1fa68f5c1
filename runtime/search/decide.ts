import {
  agentRequests,
  conform,
  isEffect,
  type Json,
  type Pending,
  type Reply,
  type Request,
  type Site,
} from "../machine/index.js";
import type { ChoiceStep, Output } from "./episode.js";
import { SearchError } from "./error.js";
import { drawReply, type Noise } from "./sampling.js";

/** The requests of one choice point. */
export interface Point {
  readonly id: string;
  readonly requests: readonly Request[];
}

/** Groups what a state asks of agents by choice point, in source order. Effects are none. */
export function points(pending: readonly Pending[]): readonly Point[] {
  const [only] = pending;
  // By far the most common.
  if (only !== undefined && pending.length === 1 && !isEffect(only))
    return [{ id: only.point, requests: [only] }];
  const groups = new Map<string, Request[]>();
  for (const request of agentRequests(pending)) {
    const group = groups.get(request.point);
    if (group === undefined) groups.set(request.point, [request]);
    else group.push(request);
  }
  return [...groups].map(([id, requests]) => ({ id, requests }));
}

const KIND = {
  generate: "generate",
  record: "generate",
  choose: "choose",
  score: "pick",
} as const satisfies Record<Request["ask"]["kind"], Site["kind"]>;

/**
 * The step of a choice point. The greedy one decides what was answered, or for a pick the candidate of highest log-odds
 * (the first of equal ones).
 *
 * @param noise draws what is decided, if it is not to be greedy
 * @throws SearchError if an answer does not fit what was asked
 */
export function decide(
  point: Point,
  outputs: readonly Output[],
  at: Standing,
  lane: number,
  task: string,
  noise?: Noise,
): ChoiceStep {
  for (const [i, request] of point.requests.entries()) checkReply(request, outputs[i]!, task);
  if (noise !== undefined) return stepOf(point, outputs, drawReply(point.requests, outputs, noise), at, lane);
  const isPick = point.requests[0]!.ask.kind === "score";
  const reply: Reply = isPick
    ? { kind: "pick", candidate: byLogOdds(point.requests, outputs)[0]! }
    : outputs[0]!.reply;
  return stepOf(point, outputs, reply, at, lane);
}

/** Where a step is taken: the machine's state, and the simulator's if there is one. */
export interface Standing {
  readonly before: Json;
  readonly world: Json | undefined;
}

/** A choice point, what was answered, and what was decided. */
export function stepOf(
  { id, requests }: Point,
  outputs: readonly Output[],
  reply: Reply,
  { before, world }: Standing,
  lane: number,
): ChoiceStep {
  const { site, agent, ask } = requests[0]!;
  const kind = KIND[ask.kind];
  return world === undefined
    ? { point: id, site, agent, kind, requests, outputs, before, lane, reply }
    : { point: id, site, agent, kind, requests, outputs, before, lane, world, reply };
}

/** A pick's candidates, the most probable first; the earlier of equal ones first. */
export function byLogOdds(requests: readonly Request[], outputs: readonly Output[]): readonly number[] {
  return requests
    .map((request, i) => ({ candidate: candidateOf(request), logOdds: logOddsOf(outputs[i]!) }))
    .sort((a, b) => (a.logOdds === b.logOdds ? a.candidate - b.candidate : a.logOdds > b.logOdds ? -1 : 1))
    .map(({ candidate }) => candidate);
}

function candidateOf(request: Request): number {
  if (request.ask.kind !== "score") throw new Error(`${request.id} is no candidate of a pick`);
  return request.ask.candidate;
}

function logOddsOf(output: Output): number {
  if (output.reply.kind !== "score") throw new Error(`a ${output.reply.kind} has no log-odds`);
  return output.reply.logOdds;
}

/** @throws SearchError if a sampled or greedy answer does not fit what was asked */
export function checkReply(request: Request, output: Output, task: string): void {
  const wrong = misfit(request, output.reply);
  if (wrong !== undefined) throw new SearchError(`${wrong} (agent ${request.agent})`, task, request.id);
}

function misfit({ ask }: Request, reply: Reply): string | undefined {
  switch (ask.kind) {
    case "generate":
      if (reply.kind !== "text") return `the policy answered a ${reply.kind} where text was asked`;
      return typeof reply.text === "string" ? undefined : "the policy answered a text that is none";
    case "record": {
      if (reply.kind !== "record") return `the policy answered a ${reply.kind} where a record was asked`;
      const held = conform(ask.schema, reply.value);
      return "problem" in held ? `the policy gave a record that does not fit: ${held.problem}` : undefined;
    }
    case "choose":
      if (reply.kind !== "label") return `the policy answered a ${reply.kind} where a label was asked`;
      return ask.labels.includes(reply.label)
        ? undefined
        : `the policy chose ${JSON.stringify(reply.label)}, which is none of ${ask.labels.join(", ")}`;
    case "score":
      if (reply.kind !== "score") return `the policy answered a ${reply.kind} where log-odds were asked`;
      return typeof reply.logOdds !== "number" || Number.isNaN(reply.logOdds)
        ? "the policy answered log-odds that are no number"
        : undefined;
  }
}
