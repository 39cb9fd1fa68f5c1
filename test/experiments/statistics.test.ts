import { describe, expect, it } from "vitest";
import { type Arm, arms } from "../../flows/experiments/arms.js";
import type { Comparison } from "../../flows/experiments/comparisons.js";
import { contrastOf, differencesOf, holm, type Runs } from "../../flows/experiments/statistics.js";
import { Uniforms } from "../../runtime/machine/random.js";
import { crossedBootstrap } from "../../runtime/simulator/index.js";
import { summaryOf } from "./support.js";

describe("Holm's correction", () => {
  it("is that of the textbook: .01, .04, .03 and .005 become .03, .06, .06 and .02", () => {
    const corrected = holm([0.01, 0.04, 0.03, 0.005], 0.05);
    for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(corrected[i]!.p).toBeCloseTo(p, 12);
    // It stops at .03, so .04 is held against the same level and no larger one.
    expect(corrected.map(({ level }) => level)).toEqual([0.05 / 3, 0.025, 0.025, 0.0125]);
  });

  it("never makes a p-value smaller, or larger than 1, and leaves a single one", () => {
    expect(holm([0.2])).toEqual([{ level: 0.05, p: 0.2 }]);
    expect(holm([0.6, 0.9, 1]).map(({ p }) => p)).toEqual([1, 1, 1]);
    expect(holm([])).toEqual([]);
  });
});

/** Normal by the sum of twelve uniforms. */
function normal(numbers: Uniforms): number {
  return Array.from({ length: 12 }, () => numbers.next()).reduce((sum, x) => sum + x, -6);
}

describe("resampling of seeds and questions together", () => {
  it("has the spread of the mean's closed form where only questions differ", () => {
    const numbers = new Uniforms("questions");
    const row = Array.from({ length: 400 }, () => normal(numbers));
    const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
    const error = Math.sqrt(row.reduce((sum, x) => sum + (x - mean) ** 2, 0)) / row.length;
    const [low, high] = crossedBootstrap([row, row, row]).interval(0.95);
    expect(Math.abs(low - (mean - 1.96 * error))).toBeLessThan(0.1 * error);
    expect(Math.abs(high - (mean + 1.96 * error))).toBeLessThan(0.1 * error);
    expect(crossedBootstrap([row]).mean).toBeCloseTo(mean, 12);
  });

  it("takes what seeds have in common for noise too: its intervals hold the truth about as often as they say", () => {
    const trials = 120;
    let crossed = 0;
    let questionsAlone = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const numbers = new Uniforms(`trial ${trial}`);
      const questions = Array.from({ length: 60 }, () => 0.5 * normal(numbers));
      const rows = Array.from({ length: 12 }, () => {
        const seed = 0.3 * normal(numbers);
        return questions.map((question) => question + seed + 0.5 * normal(numbers));
      });
      const holds = ([low, high]: readonly [number, number]) => low <= 0 && 0 <= high;
      const options = { key: `${trial}`, resamples: 400 };
      if (holds(crossedBootstrap(rows, options).interval(0.95))) crossed += 1;
      const means = questions.map((_, q) => rows.reduce((sum, row) => sum + row[q]!, 0) / rows.length);
      if (holds(crossedBootstrap([means], options).interval(0.95))) questionsAlone += 1;
    }
    expect(crossed / trials).toBeGreaterThan(0.86);
    expect(crossed).toBeGreaterThan(questionsAlone);
  });

  it.each([
    [3, 0.84, 0.93],
    [4, 0.88, 0.95],
  ])("has intervals that are too narrow with %i seeds, as the page of results says", (seeds, least, most) => {
    const trials = 400;
    let covered = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const numbers = new Uniforms(`${seeds} seeds ${trial}`);
      const questions = Array.from({ length: 200 }, () => 0.3 * normal(numbers));
      // With a thousand questions runs of equal settings spread by about 0.035; with 200 so much more, to outweigh them as much.
      const rows = Array.from({ length: seeds }, () => {
        const run = 0.08 * normal(numbers);
        return questions.map((question) => question + run + 0.35 * normal(numbers));
      });
      const [low, high] = crossedBootstrap(rows, { key: `${trial}`, resamples: 400 }).interval(0.95);
      if (low <= 0 && 0 <= high) covered += 1;
    }
    if (process.env.SHOW_FIGURES === "1") console.log(`${seeds} seeds: ${covered / trials}`);
    expect(covered / trials).toBeGreaterThan(least);
    expect(covered / trials).toBeLessThan(most);
  });

  it("gives the same for the same key, and refuses rows of other questions", () => {
    const rows = [
      [0, 1, 1, 0.5],
      [1, 0, 1, 0.5],
    ];
    expect(crossedBootstrap(rows).interval(0.9)).toEqual(crossedBootstrap(rows).interval(0.9));
    expect(() => crossedBootstrap([[1], [1, 2]])).toThrow(/different questions/);
    expect(() => crossedBootstrap([])).toThrow(/no figures/);
    const { atMost, atLeast } = crossedBootstrap([[1, 1, 1]]);
    expect(atMost(0.5)).toBeCloseTo(1 / 10_001, 12);
    expect(atLeast(1)).toBe(1);
  });
});

const arm = (name: string): Arm => arms.find((each) => each.name === name)!;
const runsOf = (name: string, figures: readonly (readonly number[])[]): [string, Runs] => [
  name,
  new Map(figures.map((row, seed) => [seed, summaryOf(arm(name), seed, { answer_f1: row })])),
];
const better: Comparison = {
  name: "better",
  family: "beforehand",
  claim: "deviations are better",
  metric: "answer_f1",
  terms: { deviations: 1, untrained: -1 },
  above: 0,
};

describe("a difference", () => {
  it("is paired: what all runs have in common of a question falls out", () => {
    const questions = Array.from({ length: 50 }, (_, i) => (i % 7) / 7);
    const runs = new Map([
      runsOf("untrained", [questions]),
      runsOf("deviations", [questions.map((f1) => f1 + 0.1), questions.map((f1) => f1 + 0.1)]),
    ]);
    const found = contrastOf(better.terms, "answer_f1", runs)!;
    expect(found.mean).toBeCloseTo(0.1, 12);
    for (const end of found.interval(0.99)) expect(end).toBeCloseTo(0.1, 12);
  });

  it("weighs arms as a claim says, with the seeds that all of them have", () => {
    const runs = new Map([
      runsOf("untrained", [[0.4, 0.4]]),
      runsOf("deviations", [
        [0.6, 0.6],
        [0.8, 0.8],
      ]),
      runsOf("half-budget", [[0.5, 0.5]]),
    ]);
    const kept = contrastOf({ "half-budget": 1, deviations: -0.8, untrained: -0.2 }, "answer_f1", runs)!;
    expect(kept.mean).toBeCloseTo(0.5 - 0.48 - 0.08, 12);
    expect(
      contrastOf(better.terms, "answer_f1", new Map([["untrained", runs.get("untrained")!]])),
    ).toBeUndefined();
  });

  it("holds if and only if its interval lies above its bound", () => {
    const numbers = new Uniforms("claims");
    const names = ["deviations", "episode-credit", "leave-one-out", "supervised", "half-budget", "no-gate"];
    const rows = (gain: number) =>
      [0, 1, 2].map(() => Array.from({ length: 60 }, () => gain + normal(numbers) / 2));
    const runs = new Map([
      runsOf("untrained", [Array.from({ length: 60 }, () => 0)]),
      ...names.map((name, i) => runsOf(name, rows(0.08 * i))),
    ]);
    const claims = names.map(
      (name): Comparison => ({ ...better, name, terms: { [name]: 1, untrained: -1 } }),
    );
    const found = differencesOf(claims, runs).map((each) => each.found!);
    for (const { ci, holds } of found) expect(holds).toBe(ci[0] > 0);
    expect(new Set(found.map(({ holds }) => holds)).size).toBe(2);
  });

  it("is corrected for all claims, those that are missing included", () => {
    const low = Array.from({ length: 40 }, (_, i) => (i % 2) * 0.5);
    const runs = new Map([runsOf("untrained", [low]), runsOf("deviations", [low.map((f1) => f1 + 0.2)])]);
    const missing: Comparison = { ...better, name: "missing", terms: { deviations: 1, supervised: -1 } };
    const [alone] = differencesOf([better], runs);
    const [first, second] = differencesOf([better, missing], runs);
    expect(second!.found).toBeNull();
    expect(first!.found!.p).toBeCloseTo(2 * alone!.found!.p, 12);
    expect(first!.found).toMatchObject({ holds: true });
    // Of another family it takes nothing.
    const [own] = differencesOf([better, { ...missing, family: "later" }], runs);
    expect(own!.found!.p).toBe(alone!.found!.p);
    const [bounded] = differencesOf([{ ...better, above: 0.3 }], runs);
    expect(bounded!.found).toMatchObject({ holds: false });
  });
});
