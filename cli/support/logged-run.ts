import {
  type FlowModule,
  isEffect,
  type Json,
  type Reply,
  type Request,
} from "../../runtime/machine/index.js";
import { points } from "../../runtime/search/decide.js";
import type { EpisodeLog, LoggedStep, Output, Task } from "../../runtime/search/index.js";

/** What came of one run of a flow. */
export interface Answers {
  /** By the ids of requests, and for picks by those of their choice points too. */
  readonly replies: ReadonlyMap<string, Reply>;
  /** What a model answered; of mocked agents nothing is known but their replies. */
  readonly outputs: ReadonlyMap<string, Output>;
  /** The simulator's state at the beginning, and after effects by their ids; mocked effects leave it as it is. */
  readonly world: Json | undefined;
  readonly after: ReadonlyMap<string, Json>;
}

/**
 * The log of a run that has come to its end. Its answers came in whatever order they were given; here they stand as
 * the machine asks for them, all of a state at once.
 */
export function logOfRun(
  flow: FlowModule,
  seed: number,
  epoch: number,
  task: Task,
  answers: Answers,
): EpisodeLog {
  const { replies, after } = answers;
  const steps: LoggedStep[] = [];
  const acts = (flow.effects ?? []).length > 0;
  let world = answers.world ?? null;
  let isFirst = true;
  let state = flow.start(task.input);
  const replyTo = (id: string): Reply => {
    const reply = replies.get(id);
    if (reply === undefined) throw new Error(`the run has no answer to ${id}`);
    return reply;
  };
  for (;;) {
    const open = flow.pending(state);
    if (open.length === 0) break;
    const effects = open.filter(isEffect);
    for (const request of effects) {
      const { point } = request;
      const reply = replyTo(request.id) as Extract<Reply, { kind: "effect" }>;
      const next = request.class === "pure" ? world : (after.get(request.id) ?? world);
      steps.push({ kind: "effect", point, request, reply, ...(isFirst ? { world } : {}), after: next });
      isFirst = false;
      world = next;
      state = flow.advance(state, request.id, reply);
    }
    if (effects.length > 0) continue;
    for (const { id, requests } of points(open)) {
      const reply = replyTo(id);
      const outputs = requests.map((request) => answers.outputs.get(request.id) ?? scripted(request, reply));
      steps.push({ kind: "choice", point: id, requests, outputs, reply });
      state = flow.advance(state, id, reply);
    }
  }
  const { flow: name, source } = flow;
  const result = flow.result(state) ?? null;
  const end = acts ? { world } : {};
  return { format: 1, flow: name, source, seed, epoch, task, steps, result, ...end };
}

/** What stands for the output of a mocked agent, which has no probabilities: of a pick's candidates one is above the others. */
function scripted({ ask }: Request, reply: Reply): Output {
  if (ask.kind !== "score" || reply.kind !== "pick") return { reply, logProb: 0 };
  const logOdds = ask.candidate === reply.candidate ? 1 : -1;
  return { reply: { kind: "score", logOdds }, logProb: logOdds };
}
