import {
  agentRequests,
  type EffectRequest,
  type FlowModule,
  isEffect,
  type Json,
  type Reply,
  type Request,
} from "../../runtime/machine/index.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** Answers requests of one state, in their order; a decision of a whole pick may stand for all of its requests. */
export type Answerer<R = Request> = (
  requests: readonly R[],
) => Promise<readonly Answered[]> | readonly Answered[];

/** What is answered to a request, or to a whole pick. */
export type Answered = readonly [id: string, reply: Reply];

export interface PlayOptions {
  /** Answers after which the episode is given up. */
  readonly limit: number;
  /** Does the effects, which come before all else that a state asks; needed by flows that have some. */
  readonly effects?: Answerer<EffectRequest>;
  /** Told of every answer before it is given, and what picks took after that. */
  readonly trace: (id: string, reply: Reply) => void;
}

/**
 * Plays one episode.
 * @returns the result
 * @throws FlowFailure if the flow fails on its values, CommandFailure at the limit, and what `answer` throws
 */
export async function play(
  flow: FlowModule,
  input: Json,
  answer: Answerer,
  { limit, trace, effects = refuse }: PlayOptions,
): Promise<Json | undefined> {
  let state = flow.start(input);
  let answers = 0;
  for (;;) {
    const requests = flow.pending(state);
    if (requests.length === 0) return flow.result(state);
    const acts = requests.filter(isEffect);
    const asked = agentRequests(requests);
    const replies = await (acts.length > 0 ? effects(acts) : answer(asked));
    for (const [id, reply] of replies) {
      answers += 1;
      if (answers > limit)
        throw new CommandFailure(`${limit} answers did not end the flow`, ExitCode.diagnostics);
      trace(id, reply);
      state = flow.advance(state, id, reply);
    }
    for (const [point, pick] of taken(asked, replies)) trace(point, pick);
  }
}

/** What is taken by picks whose candidates were scored one by one: the best of them, of equals the first. */
function taken(requests: readonly Request[], replies: readonly Answered[]): readonly Answered[] {
  const best = new Map<string, { readonly candidate: number; readonly logOdds: number }>();
  const byId = new Map(requests.map((request) => [request.id, request]));
  for (const [id, reply] of replies) {
    const request = byId.get(id);
    if (request?.ask.kind !== "score" || reply.kind !== "score") continue;
    const { candidate } = request.ask;
    const { logOdds } = reply;
    if (logOdds > (best.get(request.point)?.logOdds ?? Number.NEGATIVE_INFINITY))
      best.set(request.point, { candidate, logOdds });
  }
  return [...best].map(([point, { candidate }]) => [point, { kind: "pick", candidate }]);
}

function refuse([request]: readonly EffectRequest[]): never {
  throw new Error(`${request?.id} is asked, and nobody does effects`);
}

/** A reply as one line for people. */
export function shownReply(reply: Reply): string {
  switch (reply.kind) {
    case "text":
      return JSON.stringify(reply.text);
    case "record":
    case "effect":
      return JSON.stringify(reply.value);
    case "label":
      return reply.label;
    case "score":
      return reply.logOdds.toFixed(3);
    case "pick":
      return `takes ${reply.candidate}`;
  }
}
