import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pairedBootstrap } from "../../runtime/simulator/index.js";

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
