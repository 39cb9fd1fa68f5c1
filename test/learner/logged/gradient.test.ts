import { describe, expect, it } from "vitest";
import { logProbLoss, type TabularPolicy } from "../../../runtime/learner/index.js";
import { LoggedSample } from "../../../runtime/learner/logged/index.js";
import type { Json } from "../../../runtime/machine/index.js";
import { labels, machine } from "../../fixtures/machines/build.js";
import { router, simulator, type World } from "../../fixtures/machines/flows.js";
import { opinionated } from "../../search/support.js";
import { type Coordinates, coordinates, exactGradient, touchAll } from "../baselines/exact.js";
import { drawnLogs, settingsOf, taken } from "./support.js";

/** What all the logs together move the table's numbers by. */
async function estimate(world: World, policy: TabularPolicy, drawn: TabularPolicy, cap: number) {
  const logs = await drawnLogs(world, drawn, TIMES);
  const logged = await taken(world, policy, logs);
  const settings = settingsOf(`algorithm: { kind: single-sample, ratio_cap: ${cap} }`);
  if (settings.algorithm?.kind !== "single-sample") throw new Error("another algorithm");
  const algorithm = new LoggedSample(settings, settings.algorithm, policy.agents, logged);
  const episodes = await Promise.all(logged.tasks.map((task, i) => logged.judged(task, i)));
  const { terms } = await algorithm.signal(episodes);
  const gradients = new Map<string, Awaited<ReturnType<TabularPolicy["gradient"]>>["gradient"]>();
  for (const agent of policy.agents) {
    const own = terms.filter((term) => term.agent === agent);
    const { gradient } = await policy.gradient(agent, own, (i, margin) => {
      const term = own[i]!;
      return term.loss === "log-prob" ? -logProbLoss(margin, 0, term).slope : Number.NaN;
    });
    gradients.set(agent, gradient);
  }
  return coordinates(policy, gradients);
}

const TIMES = 1200;

function expectNear(found: Coordinates, exact: Coordinates, within: number): void {
  const largest = Math.max(...exact.map(Math.abs));
  expect(largest).toBeGreaterThan(0.01);
  for (const [i, value] of exact.entries())
    expect(Math.abs(found[i]! - value), `coordinate ${i}`).toBeLessThan(within * largest);
}

/** One choice of three, of different worth by what is asked. */
function oneChoice(): World {
  const flow = machine({
    name: "choosing",
    agents: [labels("say", "a", "b", "c")],
    start: (input) => ({ input, said: "" }),
    ask: (json) => {
      const { input, said } = json as { input: string; said: string };
      return said === "" ? [{ agent: "say", path: "", prompt: input }] : [];
    },
    next: (json, [said]): Json => ({ ...(json as object), said: String(said) }),
    result: (json) => json,
  });
  const worth: Readonly<Record<string, number>> = { "x a": 1, "x b": 0.2, "y b": 0.7, "y c": 0.4 };
  return {
    flow,
    texts: new Map(),
    simulator: simulator(
      ["x", "y"],
      (input, result) => worth[`${input} ${(result as { said: string }).said}`] ?? 0,
    ),
  };
}

describe("the policy gradient of logged episodes", () => {
  it("is the exact one of the policy that has drawn them, where that is the one that learns", async () => {
    const world = router();
    const policy = opinionated(world, 5);
    await touchAll(world, policy);
    const exact = await exactGradient(world, policy);
    expectNear(await estimate(world, policy, opinionated(world, 5), 2), exact, 0.15);
  });

  it("is the exact one of a policy that has drawn none of them, of one choice and without a cap", async () => {
    const world = oneChoice();
    const policy = opinionated(world, 5);
    await touchAll(world, policy);
    const exact = await exactGradient(world, policy);
    const drawn = opinionated(world, 6);
    expectNear(await estimate(world, policy, drawn, 1e6), exact, 0.15);
    // The cap leaves it smaller where the policy says more often what was drawn seldom.
    const capped = await estimate(world, policy, drawn, 0.1);
    expect(Math.hypot(...capped)).toBeLessThan(Math.hypot(...exact) / 2);
  });
});
