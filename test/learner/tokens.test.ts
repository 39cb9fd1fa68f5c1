import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  defaultSettings,
  manifestOf,
  type Settings,
  type TrainEvent,
  type TrainOptions,
  type TrainSummary,
  train,
} from "../../runtime/learner/index.js";
import { TokenMeter } from "../../runtime/learner/token-meter.js";
import { Run } from "../../runtime/record/index.js";
import { retrieveUntilDone } from "../fixtures/machines/flows.js";
import { contents, freshDirectory } from "../record/support.js";
import { opinionated } from "../search/support.js";

const prompts = fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 6 }), { maxLength: 12 });

function measured(lists: readonly (readonly number[])[]): number {
  const meter = new TokenMeter();
  for (const ids of lists) meter.prompt("a", ids);
  return meter.take();
}

describe("the meter of tokens", () => {
  it("counts what prompts of one version begin with in common once, in any order", () => {
    fc.assert(
      fc.property(prompts, fc.infiniteStream(fc.nat()), (lists, order) => {
        const prefixes = lists.flatMap((ids) => ids.map((_, i) => ids.slice(0, i + 1).join()));
        expect(measured(lists)).toBe(new Set(prefixes).size);
        const shuffled = lists
          .map((ids) => [order.next().value as number, ids] as const)
          .sort(([a], [b]) => a - b)
          .map(([, ids]) => ids);
        expect(measured(shuffled)).toBe(measured(lists));
      }),
    );
  });

  it("shares nothing between versions, nor with what was taken before", () => {
    const meter = new TokenMeter();
    meter.prompt("a", [1, 2, 3]);
    meter.prompt("a", [1, 2, 4]);
    meter.prompt("b", [1, 2, 3]);
    meter.add(5);
    expect(meter.take()).toBe(4 + 3 + 5);
    meter.prompt("a", [1, 2, 3]);
    expect(meter.take()).toBe(3);
    expect(meter.take()).toBe(0);
  });
});

const world = retrieveUntilDone();
const settings: Settings = {
  ...defaultSettings(),
  episodes: 40,
  episodes_per_round: 4,
  alternatives: { generate: 2, choose: "all", pick: 2, draws: 4, share: 1 },
};

interface Told {
  readonly events: readonly TrainEvent[];
  readonly summary: TrainSummary;
}

async function trained(
  change: Partial<Settings>,
  more: Partial<Omit<TrainOptions, "simulator" | "logged">> = {},
): Promise<Told> {
  const events: TrainEvent[] = [];
  const summary = await train({
    ...world,
    policy: opinionated(world, 3),
    settings: { ...settings, ...change },
    onEvent: (event) => events.push(event),
    clock: () => 0,
    wallClock: () => 0,
    ...more,
  });
  return { events, summary };
}

const roundsOf = ({ events }: Told) => events.filter((event) => event.type === "round");
const tokensOf = (told: Told) =>
  roundsOf(told).map(({ totals: { processed = 0, learned = 0 } }) => processed + learned);

describe("a budget of tokens", () => {
  it("ends the training, complete, at the first round boundary at which it is spent", async () => {
    const whole = await trained({});
    const tokens = tokensOf(whole);
    expect(whole.summary).toMatchObject({ rounds: 10, spent: false });
    const budget = tokens[0]! + tokens[1]! + 1;
    const told = await trained({ tokens: budget }, { heldOut: world.simulator });
    expect(told.summary).toMatchObject({ rounds: 3, episodes: 12, spent: true, early: false });
    expect(told.summary.interrupted).toBe(false);
    expect(roundsOf(told)).toEqual(roundsOf(whole).slice(0, 3));
    const exact = await trained({ tokens: budget - 1 });
    expect(exact.summary.rounds).toBe(2);
    expect(told.events.filter(({ type }) => type === "revisit")).toHaveLength(4);
  });

  it("counts rollouts and learning, and nothing of evaluations", async () => {
    const alone = await trained({});
    for (const { totals } of roundsOf(alone)) {
      // A table's outputs are its tokens: all calls give one.
      expect(totals.processed).toBe(totals.calls);
    }
    expect(roundsOf(alone).some(({ totals }) => (totals.learned ?? 0) > 0)).toBe(true);
    const evaluated = await trained({ evaluation: { every: 1, tasks: "all" } }, { heldOut: world.simulator });
    expect(tokensOf(evaluated)).toEqual(tokensOf(alone));
    const { totals } = evaluated.summary;
    expect((totals.processed ?? 0) + (totals.learned ?? 0)).toBe(
      tokensOf(alone).reduce((sum, tokens) => sum + tokens, 0),
    );
  });

  it("ends where it would have ended, with the same bytes, if the run is resumed on the way", async () => {
    const limited = {
      ...settings,
      tokens: tokensOf(await trained({}))
        .slice(0, 4)
        .reduce((a, b) => a + b),
    };
    const manifest = manifestOf(world.flow, limited, { version: "0", base: "table", data: "three" });
    const undisturbed = freshDirectory();
    await trained(limited, { run: Run.create(undisturbed, manifest) });
    const directory = freshDirectory();
    const stop = new AbortController();
    const rounds: TrainEvent[] = [];
    const begun = await trained(limited, {
      run: Run.create(directory, manifest),
      signal: stop.signal,
      onEvent(event) {
        if (event.type !== "round") return;
        rounds.push(event);
        stop.abort();
      },
    });
    expect(begun.summary).toMatchObject({ rounds: 1, interrupted: true, spent: false });
    const { run, checkpoint } = Run.resume(directory, manifest);
    const { events, summary } = await trained(limited, { run, checkpoint: checkpoint! });
    expect(summary).toMatchObject({ rounds: 4, spent: true });
    expect(events.find(({ type }) => type === "begin")).toMatchObject({
      tokens: { limit: limited.tokens, spent: tokensOf({ ...begun, events: rounds })[0] },
    });
    expect(contents(directory)).toEqual(contents(undisturbed));
  });
});
