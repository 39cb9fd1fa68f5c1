import { describe, expect, it } from "vitest";
import {
  manifestOf,
  parseSettings,
  type Settings,
  type TrainEvent,
  train,
} from "../../../runtime/learner/index.js";
import { Run } from "../../../runtime/record/index.js";
import { retrieveUntilDone } from "../../fixtures/machines/flows.js";
import { contents, freshDirectory } from "../../record/support.js";
import { opinionated } from "../../search/support.js";

const base = retrieveUntilDone();
const world = {
  ...base,
  simulator: { ...base.simulator, stratum: ({ id }: { id: string }) => id },
};

function settingsOf(algorithm: string): Settings {
  const parsed = parseSettings(
    `episodes: 22\nepisodes_per_round: 4\ncheckpoint_every: 2\nbeta: 0.1\nalgorithm: ${algorithm}`,
  );
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  return parsed.settings;
}

async function go(
  directory: string,
  settings: Settings,
  until = Number.POSITIVE_INFINITY,
): Promise<readonly TrainEvent[]> {
  const manifest = manifestOf(world.flow, settings, { version: "0", base: "table", data: "three" });
  const { run, checkpoint } =
    contents(directory).size === 0
      ? { run: Run.create(directory, manifest), checkpoint: undefined }
      : Run.resume(directory, manifest);
  const controller = new AbortController();
  const told: TrainEvent[] = [];
  await train({
    ...{
      flow: world.flow,
      simulator: world.simulator,
      policy: opinionated(world, 3),
      settings,
      run,
      signal: controller.signal,
    },
    ...(checkpoint === undefined ? {} : { checkpoint }),
    onEvent: (event) => {
      told.push(event);
      if (event.type === "round" && event.round === until) controller.abort();
    },
  });
  return told;
}

describe.each([
  "{ kind: episode-credit, group: 3, standardize: true, kl: true }",
  "{ kind: leave-one-out, group: 3 }",
  "{ kind: leave-one-out, group: 3, rollouts: greedy }",
  "{ kind: single-sample, by_stratum: true, kl: true }",
  "{ kind: single-sample, loss: kto }",
])("%s", (algorithm) => {
  const settings = settingsOf(algorithm);

  it("ends with the same bytes twice, and when it is interrupted and resumed", async () => {
    const [once, twice] = [freshDirectory(), freshDirectory()];
    const told = await go(once, settings);
    expect(told.some((event) => event.type === "update" && event.largestMove > 0)).toBe(true);
    await go(twice, settings);
    const files = contents(once);
    expect(contents(twice)).toEqual(files);
    for (const round of [0, 2]) {
      const broken = freshDirectory();
      await go(broken, settings, round);
      await go(broken, settings);
      expect(contents(broken), `interrupted after round ${round}`).toEqual(files);
    }
  });

  it("tells of each output that it weighs, and sums that up", async () => {
    const told = await go(freshDirectory(), settings);
    const credits = told.filter((event) => event.type === "credit");
    for (const event of told) {
      if (event.type !== "round") continue;
      const own = credits.filter(({ round }) => round === event.round);
      expect(event.pairs).toBe(own.length);
      for (const [agent, { pairs, gap }] of Object.entries(event.agents)) {
        const mine = own.filter((credit) => credit.agent === agent);
        expect(pairs).toBe(mine.length);
        const sizes = mine.map(({ advantage }) => Math.abs(advantage));
        expect(gap).toBeCloseTo(sizes.reduce((sum, size) => sum + size, 0) / mine.length, 12);
      }
    }
  });
});
