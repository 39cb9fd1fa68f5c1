import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  defaultSettings,
  derivePairs,
  type Pair,
  preferenceLoss,
  type Settings,
} from "../../runtime/learner/index.js";
import { retrieveUntilDone } from "../fixtures/machines/flows.js";
import { everything, opinionated, searchOf } from "../search/support.js";
import { of, told } from "./support.js";

const world = retrieveUntilDone();

async function pairs(options: Partial<Settings["loss"]>): Promise<readonly Pair[]> {
  const search = searchOf(world, opinionated(world, 2));
  const episodes = await search.play(world.simulator.tasks.map((task) => ({ task, epoch: 0 })));
  const deviations = await search.deviate(
    episodes.map(({ episode }) => episode),
    everything,
  );
  const settings = { ...defaultSettings().loss, ...options };
  return (await derivePairs(episodes, deviations, "all", settings)).pairs;
}

const firstRound = (loss: Partial<Settings["loss"]>) =>
  told({
    flow: world.flow,
    simulator: world.simulator,
    policy: opinionated(world, 2),
    settings: {
      ...defaultSettings(),
      episodes: 4,
      episodes_per_round: 4,
      steps_per_round: 1,
      alternatives: { generate: 2, choose: "all", pick: "all", draws: 4, share: 1 },
      pairs: "all",
      loss: { ...defaultSettings().loss, ...loss },
    },
  });

describe("a pair", () => {
  it("weighs its reward gap, or the cap on it, and tells the gap as it is", async () => {
    const plain = await pairs({});
    const capped = await pairs({ gap_cap: 0.6 });
    expect(plain.some(({ gap }) => gap > 0.6)).toBe(true);
    expect(plain.some(({ gap }) => gap < 0.6)).toBe(true);
    expect(plain.map(({ weight }) => weight)).toEqual(plain.map(({ gap }) => gap));
    expect(capped).toEqual(plain.map((pair) => ({ ...pair, weight: Math.min(0.6, pair.gap) })));
  });

  it("of texts is compared per token where lengths are not to count, one of labels or candidates never", async () => {
    const [plain, normalized] = [await pairs({}), await pairs({ length_normalized: true })];
    const kinds = new Set(plain.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(["generate", "choose", "pick"]));
    for (const [i, pair] of normalized.entries()) {
      const isText = pair.kind === "generate";
      for (const side of ["chosen", "rejected"] as const) {
        expect(pair[side]).toEqual(isText ? { ...plain[i]![side], perToken: true } : plain[i]![side]);
      }
    }
  });
});

describe("the loss of a first update", () => {
  it.each([{}, { gap_cap: 0.6 }, { gap_cap: 0.6, label_smoothing: 0.2 }, { length_normalized: true }])(
    "is log 2 times the mean weight, where policy and reference agree: %o",
    async (loss) => {
      const told = await firstRound(loss);
      const updates = of("update", told);
      expect(updates.length).toBeGreaterThan(1);
      for (const update of updates) {
        const gaps = of("pair", told).flatMap(({ agent, gap }) => (agent === update.agent ? [gap] : []));
        const weights = gaps.map((gap) => Math.min(loss.gap_cap ?? gap, gap));
        const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
        expect(update.loss).toBeCloseTo(Math.LN2 * mean, 12);
      }
    },
  );

  it("has the gradient of the closed form in a table's logits", async () => {
    const [first] = (await pairs({ gap_cap: 0.6 })).filter(({ kind }) => kind === "choose");
    const { agent, chosen, rejected, weight } = first!;
    if (chosen.kind !== "label" || rejected.kind !== "label") throw new Error("no labels");
    const { ask } = chosen.request;
    if (ask.kind !== "choose") throw new Error("no choice");
    const signs = ask.labels.map((name) => Number(name === chosen.label) - Number(name === rejected.label));
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: -4, max: 4, noNaN: true }),
        fc.double({ min: 0, max: 0.49, noNaN: true }),
        async (reference, smoothing) => {
          const policy = opinionated(world, 2);
          const slope = (_: number, margin: number) =>
            preferenceLoss(margin, reference, weight, 0.7, 1, smoothing).slope;
          const { margins, gradient } = await policy.gradient(agent, [first!], slope);
          // The softmax's normaliser is in both log-probabilities, and so in neither's favour.
          const p = 1 / (1 + Math.exp(-0.7 * (margins[0]! - reference)));
          const expected = signs.map((sign) => -weight * 0.7 * (1 - p - smoothing) * sign);
          for (const [i, value] of [...gradient.values()][0]!.entries())
            expect(value).toBeCloseTo(expected[i]!, 12);
        },
      ),
    );
  });
});
