import { describe, expect, it } from "vitest";
import { type TabularPolicy, train } from "../../../runtime/learner/index.js";
import { dependentLabels, router, type World } from "../../fixtures/machines/flows.js";
import { opinionated, searchOf } from "../../search/support.js";
import { drawnLogs, settingsOf, taken } from "./support.js";

/** What an agent is trained with that has drawn nothing itself. */
async function trained(world: World, algorithm: string): Promise<TabularPolicy> {
  const { flow } = world;
  const settings = settingsOf(`
episodes: 1800
episodes_per_round: 24
steps_per_round: 1
optimizer: { kind: adamw, lr: 0.1 }
algorithm: ${algorithm}
`);
  const logs = await drawnLogs(world, opinionated(world, 1), 100);
  const policy = opinionated(world, 2);
  await train({ flow, policy, settings, logged: await taken(world, policy, logs) });
  return policy;
}

async function rewards(world: World, policy: TabularPolicy): Promise<readonly number[]> {
  const plays = world.simulator.tasks.map((task) => ({ task, epoch: 0 }));
  return (await searchOf(world, policy).play(plays)).map(({ judgement }) => judgement.reward);
}

describe.each([
  "{ kind: single-sample, ratio_cap: 10 }",
  "{ kind: single-sample, ratio_cap: 10, by_stratum: true }",
])("%s of episodes that another policy has drawn", (algorithm) => {
  it("sends every question to its one good arm", async () => {
    const world = router();
    expect(await rewards(world, await trained(world, algorithm))).toEqual([0.75, 0.75, 0.75]);
  });

  it("makes choices right on which others depend, most of all those that come first", async () => {
    const world = dependentLabels();
    const found = await rewards(world, await trained(world, algorithm));
    for (const [i, best] of [1.9375, 1.875, 1.875].entries())
      expect(found[i], `task ${i}`).toBeGreaterThanOrEqual(best - 0.5);
  });
});

describe("{ kind: single-sample, loss: kto } of episodes that another policy has drawn", () => {
  it("finds the good arm of every question, if not the best behind it, where all are better than what is usual", async () => {
    const world = router();
    const before = await rewards(world, opinionated(world, 2));
    expect(before.filter((reward) => reward >= 0.5).length).toBeLessThan(3);
    for (const reward of await rewards(world, await trained(world, "{ kind: single-sample, loss: kto }")))
      expect(reward).toBeGreaterThanOrEqual(0.5);
  });

  it("makes more choices right on which others depend", async () => {
    const world = dependentLabels();
    const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
    const before = sum(await rewards(world, opinionated(world, 2)));
    const after = sum(await rewards(world, await trained(world, "{ kind: single-sample, loss: kto }")));
    expect(after).toBeGreaterThan(before + 1);
  });
});
