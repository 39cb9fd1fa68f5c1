import { describe, expect, it } from "vitest";
import {
  defaultSettings,
  newAlgorithm,
  parseSettings,
  type Settings,
  type TabularPolicy,
} from "../../../runtime/learner/index.js";
import {
  dependentLabels,
  parallelMap,
  retrieveUntilDone,
  router,
  type World,
  xorPair,
} from "../../fixtures/machines/flows.js";
import { opinionated, searchOf } from "../../search/support.js";
import { type Coordinates, coordinates, exactGradient, touchAll } from "./exact.js";

function settingsOf(algorithm: string): Settings {
  const parsed = parseSettings(`algorithm: ${algorithm}`);
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  return parsed.settings;
}

/** What one round would move the table's numbers by, with random numbers of its own. */
async function estimate(
  world: World,
  policy: TabularPolicy,
  settings: Settings,
  seed: number,
): Promise<Coordinates> {
  const search = searchOf(world, policy, { seed });
  // Two episodes of each task, so that a baseline that is learned from others has some.
  const { tasks } = world.simulator;
  const greedy = await search.play([0, 1].flatMap((epoch) => tasks.map((task) => ({ task, epoch }))));
  const { terms } = await newAlgorithm(settings, policy, world.simulator).signal(greedy, search);
  const gradients = new Map<string, Awaited<ReturnType<TabularPolicy["gradient"]>>["gradient"]>();
  for (const agent of policy.agents) {
    const own = terms.filter((term) => term.agent === agent);
    const { gradient } = await policy.gradient(agent, own, (i) => own[i]!.weight);
    gradients.set(agent, gradient);
  }
  return coordinates(policy, gradients);
}

interface Estimates {
  readonly mean: Coordinates;
  /** Standard errors of the means. */
  readonly error: Coordinates;
  /** Summed over the coordinates. */
  readonly variance: number;
}

async function estimates(
  world: World,
  policy: TabularPolicy,
  settings: Settings,
  rounds: number,
): Promise<Estimates> {
  const all: Coordinates[] = [];
  for (let seed = 0; seed < rounds; seed += 1) all.push(await estimate(world, policy, settings, seed));
  const mean = all[0]!.map((_, i) => all.reduce((sum, each) => sum + each[i]!, 0) / rounds);
  const variances = mean.map(
    (center, i) => all.reduce((sum, each) => sum + (each[i]! - center) ** 2, 0) / (rounds - 1),
  );
  return {
    mean,
    error: variances.map((variance) => Math.sqrt(variance / rounds)),
    variance: variances.reduce((sum, variance) => sum + variance, 0),
  };
}

/** With its first task alone, so that all its episodes are enumerated soon. */
function firstTask({ simulator, ...world }: World): World {
  return { ...world, simulator: { ...simulator, tasks: simulator.tasks.slice(0, 1) } };
}

const worlds: readonly (readonly [string, World])[] = [
  ["two answers at once", xorPair()],
  ["a branch", router()],
  ["queries, picks and a learned end", firstTask(retrieveUntilDone())],
  ["passes that run at once", parallelMap()],
];

const ROUNDS = 400;

/** Of what happens hardly ever no error is known: it counts as small beside the largest. */
function expectNear(mean: Coordinates, error: Coordinates, exact: Coordinates): void {
  const small = 0.005 * Math.max(...exact.map(Math.abs));
  for (const [i, value] of exact.entries())
    expect(Math.abs(mean[i]! - value), `coordinate ${i}`).toBeLessThan(4.5 * error[i]! + small);
}

describe.each([
  // The group's mean holds the episode's own reward as well, which takes its share from every credit.
  ["whole-episode credit", "{ kind: episode-credit, group: 4 }", 3 / 4],
  ["leave-one-out", "{ kind: leave-one-out, group: 3 }", 1],
  ["one sample with a baseline by site", "{ kind: single-sample }", 1],
] as const)("%s", (_, algorithm, factor) => {
  it.each(worlds)("moves as the exact policy gradient says in the mean, with %s", async (__, world) => {
    const policy = opinionated(world, 5);
    await touchAll(world, policy);
    const exact = await exactGradient(world, policy);
    expect(Math.max(...exact.map(Math.abs))).toBeGreaterThan(0.01);
    const { mean, error } = await estimates(world, policy, settingsOf(algorithm), ROUNDS);
    expectNear(
      mean,
      error,
      exact.map((value) => factor * value),
    );
  });
});

it("varies far less from siblings than from whole episodes, of which every call takes the blame for all others", async () => {
  const world = dependentLabels();
  const policy = opinionated(world, 5);
  await touchAll(world, policy);
  const variance = async (algorithm: string, factor = 1) =>
    (await estimates(world, policy, settingsOf(algorithm), 200)).variance / factor ** 2;
  const siblings = await variance("{ kind: leave-one-out, group: 4 }");
  const episodes = await variance("{ kind: episode-credit, group: 4 }", 3 / 4);
  const single = await variance("{ kind: single-sample }");
  expect(siblings).toBeLessThan(episodes / 2);
  expect(episodes).toBeLessThan(single / 2);
});

it("looks at a share of the choice points, and weighs these as much more", async () => {
  const world = router();
  const policy = opinionated(world, 5);
  await touchAll(world, policy);
  const exact = await exactGradient(world, policy);
  const settings = settingsOf("{ kind: leave-one-out, group: 3 }");
  const half = { ...settings, alternatives: { ...settings.alternatives, share: 0.5 } };
  const { mean, error } = await estimates(world, policy, half, ROUNDS);
  expectNear(mean, error, exact);
});

it("is the preferences of deviations unless something else is said", () => {
  expect(defaultSettings().algorithm).toBeUndefined();
});
