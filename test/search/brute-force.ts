import {
  agentRequests,
  type FlowModule,
  isEffect,
  type Json,
  type Reply,
  type Request,
} from "../../runtime/machine/index.js";
import { joinKey, Uniforms } from "../../runtime/machine/random.js";
import type { Policy, Simulator, Task } from "../../runtime/search/index.js";
import { replyWith } from "../fixtures/machines/build.js";

/** A preference, spelled so that two ways of finding it can be compared. */
export interface Preference {
  readonly task: string;
  readonly point: string;
  readonly better: string;
  readonly worse: string;
  readonly gap: number;
}

interface Decision {
  readonly point: string;
  readonly asked: Request["ask"]["kind"];
  readonly value: string;
  readonly others: readonly string[];
}

/**
 * Every single-output change of the greedy episode, by running the flow again from its start for each, one request
 * at a time: nothing is shared with the search but the machine, the policy and the simulator.
 */
export async function bruteForce(
  flow: FlowModule,
  policy: Policy,
  simulator: Simulator,
  texts: ReadonlyMap<string, readonly string[]>,
): Promise<readonly Preference[]> {
  const found: Preference[] = [];
  for (const task of simulator.tasks) {
    const greedy = await rerun(flow, policy, simulator, task, texts, new Map());
    const reward = simulator.judge(task, greedy.result, greedy.world).reward;
    for (const { point, asked, value, others } of greedy.decisions) {
      for (const other of others) {
        const forced = new Map([[point, replyWith(asked, other)]]);
        const changed = await rerun(flow, policy, simulator, task, texts, forced);
        const difference = simulator.judge(task, changed.result, changed.world).reward - reward;
        if (difference === 0) continue;
        const [better, worse] = difference > 0 ? [other, value] : [value, other];
        found.push({ task: task.id, point, better, worse, gap: Math.abs(difference) });
      }
    }
  }
  return found;
}

async function rerun(
  flow: FlowModule,
  policy: Policy,
  { effects }: Simulator,
  task: Task,
  texts: ReadonlyMap<string, readonly string[]>,
  forced: ReadonlyMap<string, Reply>,
): Promise<{
  readonly decisions: readonly Decision[];
  readonly result: Json;
  readonly world: Json | undefined;
}> {
  const decisions: Decision[] = [];
  let state = flow.start(task.input);
  let world = await effects?.start(task);
  for (;;) {
    const [first, ...rest] = flow.pending(state);
    if (first === undefined) return { decisions, result: flow.result(state)!, world };
    if (isEffect(first)) {
      const { point, id } = first;
      const key = joinKey({ seed: 1, epoch: 0, task: task.id, point, purpose: "effect", sample: 0 });
      const noise = new Uniforms(key);
      const acted = await effects!.act(world!, first, () => noise.next());
      world = acted.state;
      state = flow.advance(state, id, { kind: "effect", value: acted.result });
      continue;
    }
    const requests = [first, ...agentRequests(rest)].filter(({ point }) => point === first.point);
    const replies: Reply[] = [];
    for (const request of requests) {
      const [answer] = await policy.answer([{ request, decoding: { kind: "greedy" } }]);
      replies.push(answer!.reply);
    }
    const value = decisionOf(requests, replies);
    const others = spaceOf(requests, texts).filter((other) => other !== value);
    // What a judge says is no decision of the flow.
    const { trained = true } = flow.agents.find(({ name }) => name === first.agent)!;
    if (trained) decisions.push({ point: first.point, asked: first.ask.kind, value, others });
    state = flow.advance(state, first.point, forced.get(first.point) ?? replyWith(first.ask.kind, value));
  }
}

function decisionOf(requests: readonly Request[], replies: readonly Reply[]): string {
  const [reply] = replies;
  if (reply?.kind === "text") return reply.text;
  if (reply?.kind === "record") return JSON.stringify(reply.value);
  if (reply?.kind === "label") return reply.label;
  let best = 0;
  for (const [i, one] of replies.entries()) if (oddsOf(one) > oddsOf(replies[best]!)) best = i;
  return candidateOf(requests[best]!);
}

function spaceOf(
  requests: readonly Request[],
  texts: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const { ask, agent } = requests[0]!;
  if (ask.kind === "generate" || ask.kind === "record") return texts.get(agent)!;
  return ask.kind === "choose" ? ask.labels : requests.map(candidateOf);
}

function candidateOf({ ask }: Request): string {
  return ask.kind === "score" ? String(ask.candidate) : "";
}

function oddsOf(reply: Reply): number {
  return reply.kind === "score" ? reply.logOdds : Number.NaN;
}
