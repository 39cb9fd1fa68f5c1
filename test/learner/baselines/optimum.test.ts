import { describe, expect, it } from "vitest";
import { parseSettings, type Settings, train } from "../../../runtime/learner/index.js";
import { dependentLabels, router, type World } from "../../fixtures/machines/flows.js";
import { opinionated, searchOf } from "../../search/support.js";

function settingsOf(algorithm: string): Settings {
  const parsed = parseSettings(`
episodes: 1200
episodes_per_round: 12
steps_per_round: 1
optimizer: { kind: adamw, lr: 0.1 }
algorithm: ${algorithm}
`);
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  return parsed.settings;
}

async function rewards(world: World, settings: Settings): Promise<readonly number[]> {
  const policy = opinionated(world, 2);
  const { flow, simulator } = world;
  await train({ flow, simulator, policy, settings });
  const plays = simulator.tasks.map((task) => ({ task, epoch: 0 }));
  return (await searchOf(world, policy).play(plays)).map(({ judgement }) => judgement.reward);
}

describe.each([
  "{ kind: episode-credit }",
  "{ kind: episode-credit, standardize: true }",
  "{ kind: leave-one-out }",
  "{ kind: leave-one-out, rollouts: greedy }",
  "{ kind: single-sample }",
  "{ kind: single-sample, loss: kto }",
])("%s", (algorithm) => {
  it("sends every question to its one good arm", async () => {
    expect(await rewards(router(), settingsOf(algorithm))).toEqual([0.75, 0.75, 0.75]);
  });

  it("makes choices right on which others depend, most of all those that come first", async () => {
    const found = await rewards(dependentLabels(), settingsOf(algorithm));
    for (const [i, best] of [1.9375, 1.875, 1.875].entries())
      expect(found[i], `task ${i}`).toBeGreaterThanOrEqual(best - 0.5);
  });
});
