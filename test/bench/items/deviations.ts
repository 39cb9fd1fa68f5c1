import { strictEqual } from "node:assert";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { agentRequests, type FlowModule } from "../../../runtime/machine/index.js";
import { choiceAt, type Episode, Search, type Simulator } from "../../../runtime/search/index.js";
import { answer, type Move, other } from "../chain/chain.js";
import { playWithLangGraph } from "../chain/with-langgraph.js";
import type { Context, Item, Measurement } from "../item.js";
import { median, often, repeat, seconds } from "../measure.js";
import { root } from "../places.js";
import { everything, openFlow } from "../questions.js";

/** Choice points of an episode. */
const LENGTHS = [10, 40, 160, 640];
/** Deviations of an episode that LangGraph.js runs: all of the longest one would take a minute. */
const SAMPLE = 8;

/**
 * All deviations of episodes in which no two histories meet: what a fork costs if nothing but the steps before it is
 * spared. In milliseconds per deviation by search, with and without a memo, by running the flow again from its start, and
 * by forking checkpoints of LangGraph.js; scripted agents, which cost next to nothing.
 */
export const deviations: Item = {
  name: "deviations",
  async measure(context) {
    const flow = await openFlow(join(root, "test/bench/chain/chain.flow"));
    const measurements: Measurement[] = [];
    const totals: number[] = [];
    for (const length of context.quick ? LENGTHS.slice(0, 2) : LENGTHS) {
      const { found, total } = await ofLength(flow, length, context);
      measurements.push(...found);
      totals.push(total);
    }
    const exponent = slope(LENGTHS.slice(0, totals.length).map(Math.log), totals.map(Math.log));
    return [
      ...measurements,
      // Every deviation runs on to the end, so there are n²/2 steps.
      { name: "deviations/time-grows-with-length-to-the", unit: "power", values: [exponent] },
      ...(await kept(flow, context)),
    ];
  },
};

async function ofLength(
  flow: FlowModule,
  length: number,
  context: Context,
): Promise<{ readonly found: readonly Measurement[]; readonly total: number }> {
  const prefix = `deviations/${length}-choice-points`;
  const times = often(context, 5, 1);
  const { episode, simulator } = await played(flow, length);
  const searched = async (reuse: boolean) =>
    repeat(times, async () => {
      const search = newSearch(flow, simulator, reuse);
      return (1000 * (await seconds(() => search.deviate([episode], everything)))) / length;
    });
  const withMemo = await searched(true);
  const bare = await searched(false);
  const again = await repeat(times, async () => {
    const spent = await seconds(() => {
      for (const [step] of episode.steps.entries()) fromStart(flow, length, step);
    });
    return (1000 * spent) / length;
  });
  const graph = await playWithLangGraph(length);
  strictEqual(graph.result, episode.result);
  const steps = Array.from({ length: SAMPLE }, (_, i) => Math.floor(((i + 0.5) * length) / SAMPLE));
  const forked = await repeat(often(context, 3, 0), async () => {
    const spent = await seconds(async () => {
      for (const step of steps) strictEqual(await graph.deviate(step), fromStart(flow, length, step));
    });
    return (1000 * spent) / SAMPLE;
  });
  await graph.forget();
  const times100 = { value: 100, better: "higher" } as const;
  return {
    total: median(bare) * length,
    found: [
      { name: `${prefix}/search`, unit: "ms", values: bare },
      { name: `${prefix}/search-with-memo`, unit: "ms", values: withMemo },
      { name: `${prefix}/from-start`, unit: "ms", values: again },
      { name: `${prefix}/langgraph`, unit: "ms", values: forked },
      {
        name: `${prefix}/langgraph-to-search`,
        unit: "times",
        values: forked.map((value) => value / median(bare)),
        target: times100,
      },
    ],
  };
}

/** One episode, as search keeps it. */
async function played(
  flow: FlowModule,
  length: number,
): Promise<{ readonly episode: Episode; readonly simulator: Simulator }> {
  const simulator: Simulator = {
    tasks: [{ id: `${length}`, input: { length } }],
    judge: (_, result) => ({ reward: Number(result), metrics: {} }),
  };
  const [one] = await newSearch(flow, simulator).play([{ task: simulator.tasks[0]!, epoch: 0 }]);
  return { episode: one!.episode, simulator };
}

/** @param reuse whether it looks up what is known, which takes longer than these agents do */
function newSearch(flow: FlowModule, simulator: Simulator, reuse = true): Search {
  const policy = {
    answer: async (queries: readonly { readonly request: { readonly user: string } }[]) =>
      queries.map(({ request }) => ({
        reply: { kind: "label", label: answer(request.user) } as const,
        logProb: 0,
        tokens: { prefilled: 0, reused: 0, decoded: 0 },
      })),
    version: () => "scripted",
  };
  return new Search({ flow, simulator, policy, seed: 0, live: 64, memo: reuse, rejoin: reuse });
}

/** The result if the move at a step had been the other one, by running all of the episode. */
function fromStart(flow: FlowModule, length: number, changed: number): number {
  let state = flow.start({ length });
  for (let step = 0; ; step += 1) {
    const [request] = agentRequests(flow.pending(state));
    if (request === undefined) return flow.result(state) as number;
    const greedy: Move = answer(request.user);
    const label = step === changed ? other(greedy) : greedy;
    state = flow.advance(state, request.point, { kind: "label", label });
  }
}

/** Bytes that an episode keeps for a step, of short and of long episodes. */
async function kept(flow: FlowModule, { quick }: Context): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const length of [40, 640]) {
    const count = quick ? 2 : Math.ceil(64_000 / length);
    const values = await repeat({ repetitions: quick ? 1 : 3, warmups: 1 }, async () => {
      const before = heapInUse();
      const episodes: Episode[] = [];
      for (let i = 0; i < count; i += 1) episodes.push((await played(flow, length)).episode);
      const bytes = heapInUse() - before;
      const steps = episodes.reduce((sum, episode) => sum + stepsOf(episode), 0);
      return bytes / steps;
    });
    measurements.push({ name: `deviations/kept-per-step/${length}-choice-points`, unit: "bytes", values });
  }
  return measurements;
}

function stepsOf(episode: Episode): number {
  return episode.steps.filter((_, index) => choiceAt(episode, index).kind === "choose").length;
}

let collect: (() => void) | undefined;

function heapInUse(): number {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  return process.memoryUsage().heapUsed;
}

/** Of the line that fits the points best. */
function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const over = x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0);
  return over / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}
