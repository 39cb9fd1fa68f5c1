import { describe, expect, it } from "vitest";
import { manifestOf, type TrainEvent, train } from "../../../runtime/learner/index.js";
import { Run } from "../../../runtime/record/index.js";
import { retrieveUntilDone } from "../../fixtures/machines/flows.js";
import { contents, freshDirectory } from "../../record/support.js";
import { opinionated } from "../../search/support.js";
import { drawnLogs, settingsOf, taken } from "./support.js";

const world = retrieveUntilDone();
const logs = await drawnLogs(world, opinionated(world, 7), 4);

async function go(directory: string, algorithm: string, until = Number.POSITIVE_INFINITY) {
  const settings = settingsOf(
    `episodes: 22\nepisodes_per_round: 4\ncheckpoint_every: 2\nbeta: 0.1\nalgorithm: ${algorithm}`,
  );
  const manifest = manifestOf(world.flow, settings, { version: "0", base: "table", logged: "twelve" });
  const { run, checkpoint } =
    contents(directory).size === 0
      ? { run: Run.create(directory, manifest), checkpoint: undefined }
      : Run.resume(directory, manifest);
  const policy = opinionated(world, 3);
  const controller = new AbortController();
  const told: TrainEvent[] = [];
  await train({
    ...{ flow: world.flow, logged: await taken(world, policy, logs), policy, settings, run },
    ...{ heldOut: world.simulator, signal: controller.signal, clock: () => 0, wallClock: () => 0 },
    ...(checkpoint === undefined ? {} : { checkpoint }),
    onEvent: (event) => {
      told.push(event);
      if (event.type === "round" && event.round === until) controller.abort();
    },
  });
  return told;
}

describe.each(["{ kind: single-sample, by_stratum: true, kl: true }", "{ kind: single-sample, loss: kto }"])(
  "%s of logged episodes",
  (algorithm) => {
    it("ends with the same bytes twice, and when it is interrupted and resumed", async () => {
      const [once, twice] = [freshDirectory(), freshDirectory()];
      const told = await go(once, algorithm);
      expect(told.some((event) => event.type === "update" && event.largestMove > 0)).toBe(true);
      await go(twice, algorithm);
      const files = contents(once);
      expect(contents(twice)).toEqual(files);
      for (const round of [0, 2]) {
        const broken = freshDirectory();
        await go(broken, algorithm, round);
        await go(broken, algorithm);
        expect(contents(broken), `interrupted after round ${round}`).toEqual(files);
      }
    });

    it("goes through all of them before any comes again, says which, and plays none", async () => {
      const told = await go(freshDirectory(), algorithm);
      const lines = told.flatMap((event) => (event.type === "episode" ? [event.line!] : []));
      expect(lines).toHaveLength(22);
      const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
      expect(sorted(lines.slice(0, 12))).toEqual(logs.map((_, i) => i + 1));
      expect(sorted(lines.slice(0, 12))).not.toEqual(lines.slice(0, 12));
      for (const event of told) {
        if (event.type === "episode") expect(event.reward).toBe(logs[event.line! - 1]!.reward);
        if (event.type === "round")
          expect(event).toMatchObject({ logged: true, deviations: 0, totals: { calls: 0, processed: 0 } });
        expect(event.type).not.toBe("revisit");
      }
    });
  },
);
