import type { FlowModule, Json, Reply, Request } from "../../runtime/machine/index.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** Answers the requests of one state, in their order; a decision of a whole pick may stand for all of its requests. */
export type Answerer = (requests: readonly Request[]) => Promise<readonly Answered[]> | readonly Answered[];

/** What is answered to a request, or to a whole pick. */
export type Answered = readonly [id: string, reply: Reply];

export interface PlayOptions {
  /** Answers after which the episode is given up. */
  readonly limit: number;
  /** Told of every answer before it is given. */
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
  { limit, trace }: PlayOptions,
): Promise<Json | undefined> {
  let state = flow.start(input);
  let answers = 0;
  for (;;) {
    const requests = flow.pending(state);
    if (requests.length === 0) return flow.result(state);
    for (const [id, reply] of await answer(requests)) {
      answers += 1;
      if (answers > limit)
        throw new CommandFailure(`${limit} answers did not end the flow`, ExitCode.diagnostics);
      trace(id, reply);
      state = flow.advance(state, id, reply);
    }
  }
}

/** A reply as one line for people. */
export function shownReply(reply: Reply): string {
  switch (reply.kind) {
    case "text":
      return JSON.stringify(reply.text);
    case "record":
      return JSON.stringify(reply.value);
    case "label":
      return reply.label;
    case "score":
      return reply.logOdds.toFixed(3);
    case "pick":
      return `takes ${reply.candidate}`;
  }
}
