import { defaultSettings, type Settings, train } from "../../runtime/learner/index.js";
import type { FlowModule } from "../../runtime/machine/index.js";
import { type Budget, choiceAt, type Policy, Search, type Simulator } from "../../runtime/search/index.js";
import { type PairedInterval, pairedBootstrap } from "../../runtime/simulator/index.js";
import { optimumOf } from "./optimum.js";
import { type Beginning, queriesOf, randomPolicy, scriptedPolicy, tabularPolicy } from "./policies.js";
import type { Question } from "./questions.js";
import { questionsOfFirst, simulatorOf } from "./simulator.js";

/** How much is measured. */
export interface Extent {
  /** Archives with six questions each. */
  readonly archives: number;
  /** Episodes of a training. */
  readonly episodes: number;
  /** Trainings, each with opinions and luck of its own. */
  readonly trainings: number;
  /** Seeds of chance that a policy is played with. */
  readonly lucks: number;
}

/** A mean reward over questions, with its interval over trainings, draws or lucks. */
export type Reward = PairedInterval;

/** One variant of the world. */
export interface Comparison {
  readonly reliable: boolean;
  readonly optimum: number;
  readonly random: Reward;
  readonly scripted: Reward;
  readonly learned: Readonly<Record<Beginning, Reward>>;
}

/** Seeds that no training has: what is measured is new luck. */
const FRESH = 1_000_000;

/** What policies earn in one variant of the world, beside the best that can be had. */
export async function compare(flow: FlowModule, reliable: boolean, extent: Extent): Promise<Comparison> {
  const questions = questionsOfFirst(extent.archives);
  const simulator = simulatorOf(flow, questions, reliable);
  const queries = queriesOf(questions);
  const lucks = Array.from({ length: reliable ? 1 : extent.lucks }, (_, i) => FRESH + i);
  const rewardOf = async (policy: Policy, seed: number) => mean(await rewards(flow, simulator, policy, seed));
  const learned = async (beginning: Beginning) => {
    const all: number[] = [];
    for (let seed = 0; seed < extent.trainings; seed += 1) {
      const policy = tabularPolicy(flow, seed, queries, beginning);
      await train({ flow, simulator, policy, settings: settingsOf(seed, extent, questions, queries) });
      all.push(mean(await each(lucks, (luck) => rewardOf(policy, luck))));
    }
    return interval(all);
  };
  const draws = Array.from({ length: extent.lucks }, (_, i) => FRESH + i);
  return {
    reliable,
    optimum: mean(questions.map((question) => optimumOf(question, reliable))),
    random: interval(await each(draws, (draw) => rewardOf(randomPolicy(draw, queries), draw))),
    scripted: interval(await each(lucks, (luck) => rewardOf(scriptedPolicy(), luck))),
    learned: { habits: await learned("habits"), script: await learned("script") },
  };
}

/** One round goes through all questions once; everything that can be said at a choice point is tried. */
export function settingsOf(
  seed: number,
  { episodes }: Pick<Extent, "episodes">,
  questions: readonly Question[],
  queries: readonly string[],
): Settings {
  const generate = { count: queries.length - 1, method: "top-n", draws: queries.length } as const;
  return {
    ...defaultSettings(),
    seed,
    episodes,
    episodes_per_round: questions.length,
    pairs: "all",
    live_rollouts: 256,
    alternatives: { generate, choose: "all", pick: "all", draws: 1, share: 1 },
    optimizer: {
      kind: "adamw",
      lr: 0.1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weight_decay: 0,
      clip: "none",
    },
  };
}

/** Variances of what a deviation earns more than its episode, from the fork on. */
export interface Noise {
  readonly forks: number;
  /** Both with the same luck, as search has it. */
  readonly shared: Reward;
  /** Each with luck of its own. */
  readonly own: Reward;
  /** Of the means. */
  readonly ratio: number;
}

/** Of both tables before they learn. */
export async function compareNoise(
  flow: FlowModule,
  extent: Extent,
): Promise<Readonly<Record<Beginning, Noise>>> {
  const queries = queriesOf(questionsOfFirst(extent.archives));
  const noise = (beginning: Beginning) => noiseOf(flow, extent, tabularPolicy(flow, 0, queries, beginning));
  return { habits: await noise("habits"), script: await noise("script") };
}

/**
 * What it is worth that an episode and its deviations share their luck: a policy's episodes where tools fail, with
 * everything else that could have been said at each of their choice points. From each fork both go on with the same
 * seeds, and what they earn is compared seed by seed, or each seed with the next.
 */
async function noiseOf(flow: FlowModule, { archives, lucks }: Extent, policy: Policy): Promise<Noise> {
  const questions = questionsOfFirst(archives);
  const simulator = simulatorOf(flow, questions, false);
  const searchWith = (seed: number) => new Search({ flow, simulator, policy, seed, live: 256 });
  const first = searchWith(FRESH - 1);
  const played = await first.play(simulator.tasks.map((task) => ({ task, epoch: 0 })));
  const changes = await first.deviate(
    played.map(({ episode }) => episode),
    everything(queriesOf(questions).length),
  );
  const unchanged = changes.map((change) => {
    const { reply, outputs } = choiceAt(change.episode, change.step);
    return { ...change, alternative: { reply, ...(reply.kind === "text" ? { output: outputs[0]! } : {}) } };
  });
  const seeds = Array.from({ length: lucks }, (_, i) => FRESH + i);
  const earned = (tried: typeof changes) =>
    each(seeds, (seed) =>
      searchWith(seed).tryOut(tried, ({ result, world }, i) => {
        const { task } = tried[i]!.episode;
        return simulator.judge(task, result, world).reward;
      }),
    );
  const [other, same] = [await earned(changes), await earned(unchanged)];
  const varianceOf = (change: number, shift: number) =>
    variance(seeds.map((_, k) => other[k]![change]! - same[(k + shift) % seeds.length]![change]!));
  const shared = changes.map((_, i) => varianceOf(i, 0));
  const own = changes.map((_, i) => varianceOf(i, 1));
  return {
    forks: changes.length,
    shared: interval(shared),
    own: interval(own),
    ratio: mean(shared) / mean(own),
  };
}

/** Every other output of every choice point, if there are so many texts. */
export function everything(texts: number): Budget {
  const all = Number.POSITIVE_INFINITY;
  return {
    generate: texts,
    method: "top-n",
    draws: texts,
    choose: all,
    pick: all,
    temperature: 1,
    topP: 1,
    share: 1,
  };
}

async function rewards(
  flow: FlowModule,
  simulator: Simulator,
  policy: Policy,
  seed: number,
): Promise<readonly number[]> {
  const search = new Search({ flow, simulator, policy, seed, live: 256 });
  const played = await search.play(simulator.tasks.map((task) => ({ task, epoch: 0 })));
  return played.map(({ judgement }) => judgement.reward);
}

async function each<A, B>(items: readonly A[], of: (item: A) => Promise<B>): Promise<B[]> {
  const all: B[] = [];
  for (const item of items) all.push(await of(item));
  return all;
}

function interval(values: readonly number[]): PairedInterval {
  return pairedBootstrap(
    values.map(() => 0),
    values,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}
