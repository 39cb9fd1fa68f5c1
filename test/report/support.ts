import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultSettings, manifestOf, type Settings, train } from "../../runtime/learner/index.js";
import { Run } from "../../runtime/record/index.js";
import { retrieveUntilDone } from "../fixtures/machines/flows.js";
import { opinionated } from "../search/support.js";

/** Trains a table on a small flow, in well under a second, and records the run in a folder. */
export async function recordRun(
  folder: string,
  change: Partial<Settings> = {},
  signal?: AbortSignal,
): Promise<void> {
  const world = retrieveUntilDone();
  const settings: Settings = {
    ...defaultSettings(),
    episodes: 96,
    episodes_per_round: 4,
    checkpoint_every: 2,
    optimizer: { kind: "cocob", alpha: 10, clip: "none" },
    alternatives: { generate: 2, choose: "all", pick: 2, draws: 4, share: 1 },
    reference: { kind: "soft", every: 12, mix: 0.5, confidence: 0, gate: true },
    ...change,
  };
  const manifest = manifestOf(world.flow, settings, { version: "0", base: "table", data: "three" });
  const run = Run.create(folder, { ...manifest, agents: world.flow.agents.map(({ name }) => name) });
  await train({
    flow: world.flow,
    simulator: world.simulator,
    policy: opinionated(world, 3),
    settings,
    run,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What a run's files hold, so that a test can write a run that nothing would have written. */
export interface RunFiles {
  readonly manifest?: unknown;
  readonly events?: readonly unknown[];
  readonly metrics?: readonly unknown[];
  readonly timings?: readonly unknown[];
}

export function writeRun(
  folder: string,
  { manifest, events = [], metrics = [], timings = [] }: RunFiles,
): void {
  mkdirSync(folder, { recursive: true });
  const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");
  writeFileSync(join(folder, "run.json"), JSON.stringify(manifest ?? plainManifest));
  writeFileSync(join(folder, "events.jsonl"), lines(events));
  writeFileSync(join(folder, "metrics.jsonl"), lines(metrics));
  writeFileSync(join(folder, "timings.jsonl"), lines(timings));
}

export const plainManifest = {
  version: "0",
  flow: { name: "main", source: "abc" },
  settings: { episodes: 8, episodes_per_round: 4 },
  agents: ["query"],
};

/** An episode's event. */
export function episode(number: number, more: object = {}) {
  return {
    type: "episode",
    round: Math.floor(number / 4),
    episode: number,
    task: `t${number}`,
    reward: 0.5,
    metrics: { answer_f1: 0.25 },
    asked: { question: "Who?" },
    said: [["main/query#0@1", "query", "Ann"]],
    result: { answer: "Ann" },
    ...more,
  };
}

/** The line of an evaluation. */
export function evaluation(rounds: number, reward: number, best: boolean) {
  const metrics = { answer_f1: reward / 2 };
  return { type: "evaluation", rounds, episodes: 4 * rounds, tasks: 50, reward, error: 0.05, metrics, best };
}

/** A line of metrics. */
export function round(number: number, more: object = {}) {
  const query = {
    pairs: 3,
    greedyWon: 1,
    gap: 0.5,
    loss: 0.3,
    accuracy: 1,
    advantage: 0.2,
    largestMove: 0.01,
  };
  return {
    type: "round",
    round: number,
    episodes: 4 * (number + 1),
    reward: 0.5,
    metrics: { answer_f1: 0.25 },
    pairs: 3,
    ties: 1,
    deviations: 9,
    agents: { query },
    totals: { calls: 10, savedByPrefix: 5, savedByMemo: 2, savedByRejoin: 3, prompted: 100, decoded: 40 },
    ...more,
  };
}
