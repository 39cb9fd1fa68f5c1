import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pairedBootstrap, type Ratio, ratioBootstrap } from "../../runtime/simulator/index.js";

describe("pairedBootstrap", () => {
  it("gives the same interval for the same key, and another for another", () => {
    const before = Array.from({ length: 50 }, (_, i) => (i * 7) % 11);
    const after = Array.from({ length: 50 }, (_, i) => (i * 5) % 13);
    const one = pairedBootstrap(before, after, { key: "one", resamples: 500 });
    expect(pairedBootstrap(before, after, { key: "one", resamples: 500 })).toEqual(one);
    expect(pairedBootstrap(before, after, { key: "two", resamples: 500 })).not.toEqual(one);
  });

  it("agrees with the normal approximation on many pairs", () => {
    // Differences 0 and 1, half each: standard error 0.5 / sqrt(1000).
    const after = Array.from({ length: 1000 }, (_, i) => i % 2);
    const { mean, low, high, count } = pairedBootstrap(new Array<number>(1000).fill(0), after);
    expect([mean, count]).toEqual([0.5, 1000]);
    const half = (1.96 * 0.5) / Math.sqrt(1000);
    expect(Math.abs(low - (0.5 - half))).toBeLessThan(0.003);
    expect(Math.abs(high - (0.5 + half))).toBeLessThan(0.003);
  });

  it("pairs: a constant gain has no width, whatever the spread of the figures", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 20 }), (before) => {
        const after = before.map((value) => value + 0.25);
        expect(pairedBootstrap(before, after, { resamples: 50 })).toEqual({
          mean: 0.25,
          low: 0.25,
          high: 0.25,
          count: before.length,
        });
      }),
    );
  });

  it("mirrors when before and after change places", () => {
    const before = [0, 0.5, 1, 0.25];
    const after = [1, 0.5, 0.75, 1];
    const there = pairedBootstrap(before, after, { resamples: 200 });
    const back = pairedBootstrap(after, before, { resamples: 200 });
    expect(back.low).toBeCloseTo(-there.high, 12);
    expect(back.high).toBeCloseTo(-there.low, 12);
  });

  it("refuses what cannot be paired", () => {
    expect(() => pairedBootstrap([1], [1, 2])).toThrow(RangeError);
    expect(() => pairedBootstrap([], [])).toThrow(RangeError);
    expect(() => pairedBootstrap([1], [1], { resamples: 0 })).toThrow(RangeError);
    expect(() => pairedBootstrap([1], [1], { level: 1 })).toThrow(RangeError);
  });
});

describe("ratioBootstrap", () => {
  const figures = fc.array(fc.tuple(fc.integer({ min: -8, max: 8 }), fc.integer({ min: 0, max: 4 })), {
    minLength: 1,
    maxLength: 20,
  });
  const ratioOf = (some: readonly (readonly [number, number])[]): Ratio => ({
    numerators: Float64Array.from(some, ([value]) => value),
    denominators: Float64Array.from(some, ([, weight]) => weight),
  });

  it("is the paired bootstrap where all weigh the same", () => {
    fc.assert(
      fc.property(figures, (some) => {
        const gaps = some.map(([gap]) => gap);
        const paired = pairedBootstrap(
          gaps.map(() => 0),
          gaps,
          { key: "one", resamples: 100 },
        );
        const [ratio] = ratioBootstrap([ratioOf(gaps.map((gap) => [gap, 1]))], {
          key: "one",
          resamples: 100,
        });
        expect(ratio!.value).toBeCloseTo(paired.mean, 12);
        expect(ratio!.low).toBeCloseTo(paired.low, 12);
        expect(ratio!.high).toBeCloseTo(paired.high, 12);
      }),
    );
  });

  it("is within the questions' own ratios, the same beside others, and none of nothing", () => {
    fc.assert(
      fc.property(figures, (some) => {
        const [alone] = ratioBootstrap([ratioOf(some)], { resamples: 50 });
        const [, beside] = ratioBootstrap([ratioOf(some.map(() => [1, 1])), ratioOf(some)], {
          resamples: 50,
        });
        expect(beside).toEqual(alone);
        const own = some.filter(([, weight]) => weight > 0);
        if (own.length === 0) expect(alone).toBeUndefined();
        // A question without weight may add to the numerator all the same, which no mean over things does.
        if (own.length < some.length || alone === undefined) return;
        const ratios = own.map(([value, weight]) => value / weight);
        for (const figure of [alone.value, alone.low, alone.high]) {
          expect(figure).toBeGreaterThanOrEqual(Math.min(...ratios) - 1e-9);
          expect(figure).toBeLessThanOrEqual(Math.max(...ratios) + 1e-9);
        }
      }),
    );
  });

  it("takes one question's things together: many of one question say no more than one", () => {
    const [one] = ratioBootstrap(
      [
        ratioOf([
          [1, 1],
          [0, 1],
        ]),
      ],
      { resamples: 200 },
    );
    const [many] = ratioBootstrap(
      [
        ratioOf([
          [100, 100],
          [0, 100],
        ]),
      ],
      { resamples: 200 },
    );
    expect(many).toEqual(one);
  });

  it("refuses ratios over different questions", () => {
    const [one, two] = [
      ratioOf([[1, 1]]),
      ratioOf([
        [1, 1],
        [2, 1],
      ]),
    ];
    expect(() => ratioBootstrap([one, two])).toThrow(RangeError);
  });
});
