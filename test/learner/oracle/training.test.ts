import { describe, expect, it } from "vitest";
import { defaultSettings, type Settings, type TabularPolicy, train } from "../../../runtime/learner/index.js";
import { isChoice } from "../../../runtime/search/index.js";
import * as compiled from "../../fixtures/machines/compiled.js";
import type { World } from "../../fixtures/machines/flows.js";
import { bruteForce } from "../../search/brute-force.js";
import { opinionated, searchOf } from "../../search/support.js";

const cocob = { kind: "cocob", alpha: 100, clip: { norm: "inf", max: 1 } } as const;
const adamw = {
  kind: "adamw",
  lr: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weight_decay: 0,
  clip: { norm: 2, max: 1 },
} as const;
const prodigy = {
  kind: "prodigy",
  d0: 1e-4,
  d_coef: 1,
  bias_correction: true,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weight_decay: 0,
  clip: { norm: 2, max: 1 },
} as const;

function settingsOf(change: Partial<Settings>): Settings {
  return {
    ...defaultSettings(),
    episodes: 400,
    episodes_per_round: 4,
    alternatives: { generate: 3, choose: "all", pick: "all", draws: 12, share: 1 },
    pairs: "all",
    ...change,
  };
}

/** Trains, and tells what the greedy policy then earns on every task. */
async function trained(
  world: World,
  policy: TabularPolicy,
  change: Partial<Settings>,
): Promise<readonly number[]> {
  await train({ flow: world.flow, simulator: world.simulator, policy, settings: settingsOf(change) });
  const plays = world.simulator.tasks.map((task) => ({ task, epoch: 0 }));
  const episodes = await searchOf(world, policy).play(plays);
  return episodes.map(({ judgement }) => judgement.reward);
}

/** Changes of one output that would earn more than the greedy episode. */
async function improvements(world: World, policy: TabularPolicy): Promise<readonly unknown[]> {
  const all = await bruteForce(world.flow, policy, world.simulator, world.texts);
  const plays = world.simulator.tasks.map((task) => ({ task, epoch: 0 }));
  const episodes = await searchOf(world, policy).play(plays);
  const greedy = new Set(
    episodes.flatMap(({ episode }) =>
      episode.steps
        .filter(isChoice)
        .map(({ point, reply }) => `${episode.task.id} ${point} ${shown(Object.values(reply)[1])}`),
    ),
  );
  return all.filter(({ task, point, better }) => !greedy.has(`${task} ${point} ${better}`));
}

function shown(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Opinions of a policy that goes on until it is told better: from one that stops at once nothing is seen. */
function eager(world: World, seed: number): TabularPolicy {
  return opinionated(world, seed, (agent, output) => (stops(agent) && output === "no" ? 3 : 0));
}

function stops(agent: string): boolean {
  return agent === "done" || agent === "enough";
}

const dependentLabels = await compiled.dependentLabels();
const retrieveUntilDone = await compiled.retrieveUntilDone();
const router = await compiled.router();
const shop = await compiled.shop();
const xor = await compiled.xor();
const parallelNotes = await compiled.parallelNotes();
const judgedPlans = await compiled.judgedPlans();

describe.each([
  ["coin betting", cocob],
  ["AdamW", adamw],
  ["Prodigy", prodigy],
] as const)("training with %s", (_, optimizer) => {
  it.each([1, 2, 3])(
    "makes every choice right where one decides what the next is worth (opinions %i)",
    async (seed) => {
      const world = dependentLabels;
      const policy = opinionated(world, seed);
      expect(await trained(world, policy, { optimizer })).toEqual([1.75, 1.75, 1.75, 1.75]);
      expect(await improvements(world, policy)).toEqual([]);
    },
  );

  it.each([1, 2, 3])("retrieves what is needed and then stops (opinions %i)", async (seed) => {
    const world = retrieveUntilDone;
    const policy = eager(world, seed);
    expect(await trained(world, policy, { optimizer })).toEqual([1, 1.5, 1.75]);
    expect(await improvements(world, policy)).toEqual([]);
  });

  it.each([1, 2, 3])(
    "ends where no single change helps, whatever it starts from (opinions %i)",
    async (seed) => {
      const world = retrieveUntilDone;
      const policy = opinionated(world, seed);
      await trained(world, policy, { optimizer });
      expect(await improvements(world, policy)).toEqual([]);
    },
  );

  it.each([1, 2, 3])("sends every question to its one good arm (opinions %i)", async (seed) => {
    const world = router;
    const policy = opinionated(world, seed);
    expect(await trained(world, policy, { optimizer })).toEqual([0.75, 0.75, 0.75, 0.75]);
    expect(await improvements(world, policy)).toEqual([]);
  });

  it.each([1, 2, 3])(
    "ends where no single change helps in passes that run at once (opinions %i)",
    async (seed) => {
      const world = parallelNotes;
      const policy = opinionated(world, seed);
      const before = await improvements(world, policy);
      expect(before.length).toBeGreaterThan(0);
      await trained(world, policy, { optimizer });
      expect(await improvements(world, policy)).toEqual([]);
    },
  );

  it.each([1, 2, 3])("buys what is needed while there is money for it (opinions %i)", async (seed) => {
    const world = shop;
    const policy = eager(world, seed);
    expect(await trained(world, policy, { optimizer })).toEqual([1.5, 1.5, 1]);
    expect(await improvements(world, policy)).toEqual([]);
  });

  it.each([1, 2, 3])("learns which records to give, and trains no judge (opinions %i)", async (seed) => {
    const world = judgedPlans;
    const policy = opinionated(world, seed);
    expect(policy.agents).toEqual(["plan", "polish"]);
    const judged = policy.version("better");
    await trained(world, policy, { optimizer });
    expect(await improvements(world, policy)).toEqual([]);
    expect(policy.version("better")).toBe(judged);
  });

  it("stays where no single change helps, though a double one would", async () => {
    const world = xor;
    const policy = opinionated(world, 0, (_, output) => (output === "no" ? 3 : 0));
    expect(await trained(world, policy, { optimizer })).toEqual([0.5]);
    expect(await improvements(world, policy)).toEqual([]);
  });

  it("leaves a pair that disagrees for one of the two places where it agrees", async () => {
    const world = xor;
    const policy = opinionated(
      world,
      0,
      (agent, output) =>
        (agent === "left" && output === "no" ? 3 : 0) + (agent === "right" && output === "yes" ? 3 : 0),
    );
    const [reward] = await trained(world, policy, { optimizer });
    expect([0.5, 1]).toContain(reward);
    expect(await improvements(world, policy)).toEqual([]);
  });
});

it.each([
  { label_smoothing: 0.05 },
  { gap_cap: 0.3 },
  { label_smoothing: 0.1, gap_cap: 0.5, length_normalized: true },
])("trains to the same optimum with the loss %o", async (change) => {
  const world = retrieveUntilDone;
  const loss = { ...defaultSettings().loss, ...change };
  for (const optimizer of [cocob, prodigy]) {
    const policy = eager(world, 1);
    expect(await trained(world, policy, { optimizer, loss })).toEqual([1, 1.5, 1.75]);
    expect(await improvements(world, policy)).toEqual([]);
  }
});

it.each([cocob, adamw, prodigy])(
  "trains to the same optimum with gradients that are cut by coordinate, with $kind",
  async (optimizer) => {
    const world = retrieveUntilDone;
    const policy = eager(world, 1);
    const cut = { ...optimizer, clip: { value: 0.05 } };
    expect(await trained(world, policy, { optimizer: cut })).toEqual([1, 1.5, 1.75]);
  },
);

it("trains to the same optimum with a reference that follows the policy", async () => {
  const world = retrieveUntilDone;
  const policy = eager(world, 1);
  const reference = { kind: "soft", every: 20, mix: 0.5, confidence: 0, gate: true } as const;
  expect(await trained(world, policy, { optimizer: cocob, reference })).toEqual([1, 1.5, 1.75]);
  expect(policy.agents.map((agent) => policy.referenceVersion(agent).split(":")[0])).toContain("table");
});
