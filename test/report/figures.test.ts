import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bounded, rangeOf, ticks, tickText } from "../../cli/report/axis.js";
import { html, shortened, visible } from "../../cli/report/html.js";
import { changeOf, studentQuantile, windowSize, windowsOf } from "../../cli/report/windows.js";

describe("windows of episodes", () => {
  const series = (values: readonly number[]) => ({ at: values.map((_, i) => i), values });

  it("hold every figure once, with its mean", () => {
    const values = Array.from({ length: 50 }, (_, i) => (i * 7) % 5);
    const windows = windowsOf(series(values), 20);
    // The ten that are left join the second window only if they are fewer than half of one.
    expect(windows.map(({ from, to, count }) => [from, to, count])).toEqual([
      [0, 19, 20],
      [20, 39, 20],
      [40, 49, 10],
    ]);
    expect(windowsOf(series(values.slice(0, 47)), 20).map(({ count }) => count)).toEqual([20, 27]);
    const sum = windows.reduce((total, { value, count }) => total + value * count, 0);
    expect(sum).toBeCloseTo(
      values.reduce((a, b) => a + b, 0),
      9,
    );
  });

  it("have no interval where there are too few figures, and none beyond what was seen", () => {
    expect(windowsOf(series([0, 1, 1, 0]), 4)[0]!.interval).toBeUndefined();
    const [window] = windowsOf(series([0, 1, 1, 1, 1, 1]), 6);
    expect(window!.interval![1]).toBe(1);
    expect(window!.interval![0]).toBeLessThan(window!.value);
  });

  it("cover the truth in 95 of 100 samples of a normal distribution", () => {
    let state = 1;
    const uniform = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const trials = 4000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      // A second window is far away, so that the first one's interval is not cut.
      const far = [-9, -9, -9, -9, 9, 9, 9, 9];
      const [low, high] = windowsOf(series([...Array.from({ length: 8 }, normal), ...far]), 8)[0]!.interval!;
      if (low <= 0 && 0 <= high) covered += 1;
    }
    expect(covered / trials).toBeGreaterThan(0.935);
    expect(covered / trials).toBeLessThan(0.965);
  });

  it("are whole rounds, 24 at most, and several in a short run", () => {
    expect(windowSize(240, 8)).toBe(24);
    expect(windowSize(6, 2)).toBe(2);
    expect(windowSize(100_000, 8)).toBe(4168);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 64 }),
        (episodes, perRound) => {
          const size = windowSize(episodes, perRound);
          expect(size % perRound).toBe(0);
          expect(Math.ceil(episodes / size)).toBeLessThanOrEqual(24);
        },
      ),
    );
  });

  it.each([
    [4, 2.77],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [1e9, 1.96],
  ])("take Student's quantile of %d degrees of freedom from the tables", (freedom, expected) => {
    expect(studentQuantile(freedom)).toBeCloseTo(expected, 2);
  });

  it("tell a change with the interval of two samples of different variance", () => {
    expect(changeOf([1, 2, 3], [4, 5, 6])).toBeUndefined();
    // By hand: variances 2.5 and 10, 5.88 degrees of freedom, whose quantile is 2.459.
    const { value, interval } = changeOf([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])!;
    expect(value).toBe(3);
    expect(interval![0]).toBeCloseTo(3 - 2.459 * Math.sqrt(2.5), 1);
    expect(interval![1]).toBeCloseTo(3 + 2.459 * Math.sqrt(2.5), 1);
    expect(changeOf([1, 1, 1, 1, 1], [2, 2, 2, 2, 2])).toMatchObject({ value: 1, interval: [1, 1] });
  });
});

describe("an axis", () => {
  it("has round ticks within its range", () => {
    expect(ticks(0, 1, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ticks(0, 240, 3)).toEqual([0, 100, 200]);
    expect(ticks(-0.3, 0.31, 4)).toEqual([-0.2, 0, 0.2]);
    expect(ticks(5, 5, 4)).toEqual([5]);
  });

  it("holds all values, and stays finite whatever they are", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 20 }), (values) => {
        const [low, high] = rangeOf(values);
        expect(high).toBeGreaterThan(low);
        for (const value of values.filter(Number.isFinite).map(bounded)) {
          expect(value >= low && value <= high).toBe(true);
        }
        expect(ticks(low, high, 4).length).toBeLessThan(12);
      }),
    );
  });

  it("writes large and small numbers short", () => {
    expect([0, 0.25, -2, 12_500, 3_000_000, 0.0001].map(tickText)).toEqual([
      "0",
      "0.25",
      "−2",
      "12.5k",
      "3M",
      "1e-4",
    ]);
  });
});

describe("text in the page", () => {
  it("is never markup", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const { text: made } = html`<p title="${text}">${text}</p>`;
        const inner = made.slice(made.indexOf(">") + 1, -4);
        expect(inner).not.toMatch(/[<>"']/);
        expect(inner.replace(/&(?:amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
      }),
    );
  });

  it("shows what steers as escapes, and keeps every other character", () => {
    expect(visible("a\u202eb\u0000c\u200bd\ud800e\nf\tg")).toBe("a\\u202eb\\u0000c\\u200bd\\ud800e\nf\tg");
    expect(visible("naïve 日本語 עברית 😀")).toBe("naïve 日本語 עברית 😀");
  });

  it("is cut with what is missing told", () => {
    expect(shortened("x".repeat(1_000_000), 10)).toBe("xxxxxxxxxx… (999,990 more characters)");
    expect(shortened("short", 10)).toBe("short");
  });
});
