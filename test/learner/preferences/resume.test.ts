import { expect, it } from "vitest";
import { manifestOf, train } from "../../../runtime/learner/index.js";
import { Run } from "../../../runtime/record/index.js";
import { contents, freshDirectory } from "../../record/support.js";
import { opinionated } from "../../search/support.js";
import { COMPARE, FEEDBACK, flowOf, GRADES, guessing, judges, settings } from "./world.js";

it.each([
  ["a comparator", { kind: "comparator" }, COMPARE],
  ["feedback", { kind: "feedback", grades: GRADES }, FEEDBACK],
] as const)(
  "a run by %s that is interrupted ends with the bytes of an undisturbed one, costs included",
  async (_, preferences, text) => {
    const world = await guessing();
    const flow = await flowOf(text);
    const alternatives = { ...settings.alternatives, adaptive: true };
    const used = { ...settings, alternatives, preferences, checkpoint_every: 2 };
    const manifest = manifestOf(world.flow, used, {
      version: "0",
      base: "table",
      data: "five",
      evaluator: { flow },
    });
    const options = () => ({
      ...{ flow: world.flow, simulator: world.simulator, settings: used, clock: () => 0, wallClock: () => 0 },
      policy: opinionated(world, 7),
      evaluator: { flow, policy: judges() },
    });
    const [whole, parts] = [freshDirectory(), freshDirectory()];
    await train({ ...options(), run: Run.create(whole, manifest) });
    const stop = new AbortController();
    const run = Run.create(parts, manifest);
    await train({
      ...options(),
      run,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "round" && event.round === 0) stop.abort();
      },
    });
    const resumed = Run.resume(parts, manifest);
    await train({
      ...options(),
      run: resumed.run,
      ...(resumed.checkpoint === undefined ? {} : { checkpoint: resumed.checkpoint }),
    });
    const [expected, found] = [contents(whole), contents(parts)];
    expect(expected.get("metrics.jsonl")).toContain('"monitoring":true');
    for (const file of ["run.json", "metrics.jsonl", "events.jsonl", "checkpoints/000004.ckpt"])
      expect(found.get(file), file).toBe(expected.get(file));
  },
);
