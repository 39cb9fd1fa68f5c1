import type { TabularPolicy } from "../../../runtime/learner/index.js";
import {
  agentRequests,
  isEffect,
  type Json,
  type Reply,
  type Request,
} from "../../../runtime/machine/index.js";
import { replyWith } from "../../fixtures/machines/build.js";
import type { World } from "../../fixtures/machines/flows.js";

/** Gradients by agent and row, as one list of numbers in a fixed order. */
export type Coordinates = readonly number[];

/** One way in which a choice point may come out. */
interface Outcome {
  readonly reply: Reply;
  readonly probability: number;
}

/**
 * The mean reward of episodes that are drawn from a policy, by enumerating all of them: nothing is shared with search or
 * learner but the machine, the simulator, and the table's log-probabilities.
 */
async function expectedReward({ flow, simulator, texts }: World, policy: TabularPolicy): Promise<number> {
  let sum = 0;
  for (const task of simulator.tasks) {
    const known = new Map<string, number>();
    const value = async (state: Json): Promise<number> => {
      const key = JSON.stringify(state);
      const before = known.get(key);
      if (before !== undefined) return before;
      const pending = flow.pending(state);
      const [first] = agentRequests(pending);
      if (pending.some(isEffect)) throw new Error("a flow with effects is not enumerated here");
      let total = 0;
      if (first === undefined) total = simulator.judge(task, flow.result(state)!).reward;
      else {
        const requests = agentRequests(pending).filter(({ point }) => point === first.point);
        for (const { reply, probability } of await outcomes(policy, requests, texts))
          total += probability * (await value(flow.advance(state, first.point, reply)));
      }
      known.set(key, total);
      return total;
    };
    sum += (await value(flow.start(task.input))) / simulator.tasks.length;
  }
  return sum;
}

async function outcomes(
  policy: TabularPolicy,
  requests: readonly Request[],
  texts: World["texts"],
): Promise<readonly Outcome[]> {
  const [request] = requests;
  const { ask, agent } = request!;
  if (ask.kind === "score") {
    const odds = await policy.margins(
      agent,
      requests.map((one) => ({ chosen: { kind: "candidate", request: one } as const })),
      "trained",
    );
    const total = odds.reduce((sum, logOdds) => sum + Math.exp(logOdds), 0);
    return requests.map((one, i) => ({
      reply: { kind: "pick", candidate: one.ask.kind === "score" ? one.ask.candidate : -1 },
      probability: Math.exp(odds[i]!) / total,
    }));
  }
  const said = ask.kind === "choose" ? ask.labels : texts.get(agent)!;
  const logProbs = await policy.margins(
    agent,
    said.map((output, i) => ({
      chosen:
        ask.kind === "choose"
          ? ({ kind: "label", request: request!, label: output } as const)
          : ({ kind: "text", request: request!, ids: [i] } as const),
    })),
    "trained",
  );
  return said.map((output, i) => ({
    reply: replyWith(ask.kind, output),
    probability: Math.exp(logProbs[i]!),
  }));
}

/** Makes rows of the table for all that any episode may ask, so that each can be moved. */
export async function touchAll({ flow, simulator, texts }: World, policy: TabularPolicy): Promise<void> {
  const seen = new Set<string>();
  const visit = async (state: Json): Promise<void> => {
    const key = JSON.stringify(state);
    if (seen.has(key)) return;
    seen.add(key);
    const open = agentRequests(flow.pending(state));
    for (const request of open) {
      const chosen =
        request.ask.kind === "score"
          ? ({ kind: "candidate", request } as const)
          : request.ask.kind === "choose"
            ? ({ kind: "label", request, label: request.ask.labels[0]! } as const)
            : ({ kind: "text", request, ids: [0] } as const);
      await policy.gradient(request.agent, [{ chosen }], () => 0);
    }
    const [first] = open;
    if (first === undefined) return;
    const requests = open.filter(({ point }) => point === first.point);
    for (const { reply } of await outcomes(policy, requests, texts))
      await visit(flow.advance(state, first.point, reply));
  };
  for (const task of simulator.tasks) await visit(flow.start(task.input));
}

/** The gradient of the mean reward in all of the table's numbers, by differences. */
export async function exactGradient(world: World, policy: TabularPolicy): Promise<Coordinates> {
  const h = 1e-5;
  const gradient: number[] = [];
  for (const agent of policy.agents) {
    for (const row of policy.parameters(agent).values()) {
      for (let i = 0; i < row.length; i += 1) {
        const kept = row[i]!;
        row[i] = kept + h;
        const above = await expectedReward(world, policy);
        row[i] = kept - h;
        const below = await expectedReward(world, policy);
        row[i] = kept;
        gradient.push((above - below) / (2 * h));
      }
    }
  }
  return gradient;
}

/** In the order of `exactGradient`; rows that are missing are zero. */
export function coordinates(
  policy: TabularPolicy,
  gradients: ReadonlyMap<string, ReadonlyMap<string, ArrayLike<number>>>,
): Coordinates {
  return policy.agents.flatMap((agent) =>
    [...policy.parameters(agent)].flatMap(([name, row]) => {
      const found = gradients.get(agent)?.get(name);
      return Array.from(row, (_, i) => found?.[i] ?? 0);
    }),
  );
}
