import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdamW, Cocob, type Optimizer, Prodigy } from "../../runtime/learner/index.js";
import { clipGradient, gradientSize } from "../../runtime/learner/optimizer/index.js";

/** The path of one float64 parameter that starts at 0. */
function path(optimizer: Optimizer, gradients: readonly number[], start = 0): readonly number[] {
  const x = new Float64Array([start]);
  return gradients.map((g) => {
    optimizer.step(new Map([["x", x]]), new Map([["x", Float64Array.of(g)]]));
    return x[0]!;
  });
}

function expectClose(actual: readonly number[], expected: readonly number[], digits: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits);
}

const ones = (n: number, g: number) => Array.from({ length: n }, () => g);

describe("coin betting", () => {
  it.each([
    [100, [0.01, 0.0202, 0.030906, 0.04244424]],
    [1000, [0.001, 0.002002, 0.003009006]],
    [2, [0.5, 1, 1.875, 3.5, 6.5625]],
  ])("follows the known path of gradient -1 with alpha %i", (alpha, expected) => {
    expectClose(path(new Cocob(alpha), ones(expected.length, -1)), expected, 12);
  });

  it("follows the known path of alternating gradients", () => {
    expectClose(path(new Cocob(1000), [1, -1, 1, -1]), [-0.001, 0, -0.001, 0], 12);
  });

  it("compounds when gradients stay on one side", () => {
    const moves = path(new Cocob(1000), ones(100, -1));
    expect(moves[49]).toBeCloseTo(0.167, 3);
    expect(moves[99]).toBeGreaterThan(11);
    expect(moves[99]).toBeLessThan(13);
  });

  it("first moves by -sign(g) / max(2, alpha), whatever the size of g", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.boolean(),
        fc.double({ min: 0.1, max: 1e4, noNaN: true }),
        (size, negative, alpha) => {
          const [move] = path(new Cocob(alpha), [negative ? -size : size]);
          expect(move! * (negative ? 1 : -1)).toBeCloseTo(1 / Math.max(2, alpha), 9);
        },
      ),
    );
  });

  it("does not see the scale of the gradients", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.double({ min: -1, max: 1, noNaN: true }).filter((g) => Math.abs(g) > 1e-3),
          { minLength: 1, maxLength: 20 },
        ),
        fc.integer({ min: -10, max: 10 }),
        (gradients, exponent) => {
          const scaled = gradients.map((g) => g * 2 ** exponent);
          const [a, b] = [path(new Cocob(100), gradients), path(new Cocob(100), scaled)];
          for (const [i, value] of a.entries()) expect(b[i]).toBeCloseTo(value, 9);
        },
      ),
    );
  });

  it("tells the most that betting on a parameter has won, in units of its stake", () => {
    const optimizer = new Cocob(2);
    const x = Float64Array.of(0, 0);
    const wealths = ones(4, 1).map(
      () => optimizer.step(new Map([["x", x]]), new Map([["x", Float64Array.of(-3, 0)]])).wealth!,
    );
    // Of the path 0.5, 1, 1.875, ...: each gradient of size L wins w L.
    expectClose(wealths, [0, 0.5, 1.5, 3.375], 12);
  });

  it("leaves a parameter where it is while its gradient is zero", () => {
    expect(path(new Cocob(1000), [0, 0], 0.3)).toEqual([0.3, 0.3]);
    const [moved, ...rest] = path(new Cocob(100), [1, 0, 0]);
    expect(rest).toEqual([moved, moved]);
  });
});

describe("AdamW", () => {
  const options = { lr: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 };

  it("first moves by the learning rate against the sign of the gradient", () => {
    expectClose(path(new AdamW(options), [3]), [-0.1], 7);
    expectClose(path(new AdamW(options), [-0.01]), [0.1], 6);
  });

  it("follows the published recurrence", () => {
    const gradients = [1, -0.5, 0.25, 2];
    let [m, v, x] = [0, 0, 0.7];
    const decayed = { ...options, weight_decay: 0.01 };
    const expected = gradients.map((g, i) => {
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const update = m / (1 - 0.9 ** (i + 1)) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8);
      x = x - 0.1 * (update + 0.01 * x);
      return x;
    });
    expectClose(path(new AdamW(decayed), gradients, 0.7), expected, 12);
  });

  it("decays weights apart from the gradient", () => {
    expectClose(path(new AdamW({ ...options, weight_decay: 0.5 }), [0, 0], 1), [0.95, 0.9025], 12);
  });
});

const prodigy = {
  d0: 1e-6,
  d_coef: 1,
  bias_correction: false,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weight_decay: 0,
};

describe("Prodigy", () => {
  /** The paper's equations (arXiv 2306.06101), written down once more: x and d after every gradient. */
  function published(gradients: readonly (readonly number[])[], start: readonly number[], change = {}) {
    const { d0, d_coef, beta1, beta2, epsilon, weight_decay, bias_correction } = { ...prodigy, ...change };
    const b = Math.sqrt(beta2);
    let [x, m, v, s] = [[...start], ...[0, 1, 2].map(() => start.map(() => 0))] as number[][];
    let [d, r] = [d0, 0];
    return gradients.map((g, k) => {
      const c = bias_correction ? Math.sqrt(1 - beta2 ** (k + 1)) / (1 - beta1 ** (k + 1)) : 1;
      m = m!.map((mi, i) => beta1 * mi + (1 - beta1) * d * g[i]!);
      v = v!.map((vi, i) => beta2 * vi + (1 - beta2) * d ** 2 * g[i]! ** 2);
      r = b * r + (1 - b) * c * d ** 2 * g.reduce((sum, gi, i) => sum + gi * (start[i]! - x![i]!), 0);
      s = s!.map((si, i) => b * si + (1 - b) * c * d ** 2 * g[i]!);
      x = x!.map((xi, i) => xi - c * d * (m![i]! / (Math.sqrt(v![i]!) + d * epsilon) + weight_decay * xi));
      const size = s.reduce((sum, si) => sum + Math.abs(si), 0);
      d = size === 0 ? d : Math.max(d, (d_coef * r) / size);
      return { x, d };
    });
  }

  function followed(gradients: readonly (readonly number[])[], start: readonly number[], change = {}) {
    const optimizer = new Prodigy({ ...prodigy, ...change });
    // In two arrays, since an agent's parameters are many and the estimate is one.
    const x = [Float64Array.from(start.slice(0, 1)), Float64Array.from(start.slice(1))] as const;
    return gradients.map((g) => {
      const { distance, largestMove } = optimizer.step(
        new Map([
          ["a", x[0]],
          ["b", x[1]],
        ]),
        new Map([
          ["a", Float64Array.from(g.slice(0, 1))],
          ["b", Float64Array.from(g.slice(1))],
        ]),
      );
      return { x: [...x[0], ...x[1]], d: distance!, largestMove };
    });
  }

  const gradient = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 });
  const large = gradient.map((g) => g.map((gi) => (Math.abs(gi) < 1e-3 ? 0 : gi)));
  const gradients = fc.array(gradient, { minLength: 1, maxLength: 30 });

  it("follows the published recurrence", () => {
    fc.assert(
      fc.property(
        gradients,
        gradient,
        fc.constantFrom(
          {},
          { bias_correction: true },
          { d0: 0.1, d_coef: 2 },
          { weight_decay: 0.1, beta1: 0.5, beta2: 0.9 },
        ),
        (all, start, change) => {
          const expected = published(all, start, change);
          for (const [i, { x, d }] of followed(all, start, change).entries()) {
            expectClose(x, expected[i]!.x, 9);
            expect(d / expected[i]!.d).toBeCloseTo(1, 9);
          }
        },
      ),
    );
  });

  it("first moves by d0 (1 - beta1) / sqrt(1 - beta2) against the sign of the gradient, whatever its size", () => {
    const step = (1e-6 * 0.1) / Math.sqrt(0.001);
    for (const size of [1e-3, 1, 1e6]) {
      const [first] = followed([[size, -size, 0]], [0, 0, 0], { epsilon: 1e-300 });
      expect(first!.x[0]! / -step).toBeCloseTo(1, 4);
      expect(first!.x[1]! / step).toBeCloseTo(1, 4);
      expect(first!.x[2]).toBe(0);
      expect(first!.largestMove / step).toBeCloseTo(1, 4);
    }
  });

  it("first moves by d0 with bias correction", () => {
    const [first] = followed([[7, -7, 0]], [0, 0, 0], { bias_correction: true });
    expect(first!.x[0]! / -1e-6).toBeCloseTo(1, 6);
    expect(first!.x[1]! / 1e-6).toBeCloseTo(1, 6);
  });

  it("first estimates from where its first step has led", () => {
    const [first, second] = followed(
      [
        [2, -1, 5],
        [2, -1, 5],
      ],
      [0, 0, 0],
    );
    expect(first!.d).toBe(1e-6);
    const step = (1e-6 * 0.1) / Math.sqrt(0.001);
    expect(second!.d / (step / (1 + Math.sqrt(0.999)))).toBeCloseTo(1, 6);
  });

  it("does not see the scale of the gradients", () => {
    fc.assert(
      fc.property(fc.array(large), fc.integer({ min: -20, max: 20 }), (all, exponent) => {
        const exact = { epsilon: 1e-300 };
        const scaled = all.map((g) => g.map((gi) => gi * 2 ** exponent));
        expect(followed(scaled, [0, 0, 0], exact)).toEqual(followed(all, [0, 0, 0], exact));
      }),
    );
  });

  it("estimates no distance beyond the one there is, of any convex function, and comes closer to its minimum", () => {
    const target = fc
      .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 })
      .map((to) => to.map((t) => t + Math.sign(t) / 2));
    const slopes = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(target, slopes, fc.boolean(), (to, slope, bias_correction) => {
        const optimizer = new Prodigy({ ...prodigy, d0: 1e-4, bias_correction });
        const x = Float64Array.of(0, 0, 0);
        const most = Math.max(1e-4, ...to.map(Math.abs));
        const value = () => x.reduce((sum, xi, i) => sum + slope[i]! * Math.abs(xi - to[i]!), 0);
        const began = value();
        let last = 0;
        let least = began;
        for (let step = 0; step < 400; step += 1) {
          const g = x.map((xi, i) => slope[i]! * Math.sign(xi - to[i]!));
          const { distance } = optimizer.step(new Map([["x", x]]), new Map([["x", g]]));
          expect(distance).toBeLessThanOrEqual(most * (1 + 1e-12));
          expect(distance).toBeGreaterThanOrEqual(last);
          last = distance!;
          least = Math.min(least, value());
        }
        expect(least).toBeLessThanOrEqual(0.5 * began);
      }),
    );
  });

  it("leaves parameters where they are while there is no gradient", () => {
    expect(followed([[0, 0, 0]], [1, 2, 3])).toEqual([{ x: [1, 2, 3], d: 1e-6, largestMove: 0 }]);
  });
});

describe.each([
  ["coin betting", () => new Cocob(100)],
  ["AdamW", () => new AdamW({ lr: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 })],
  ["Prodigy", () => new Prodigy({ ...prodigy, d0: 0.01, weight_decay: 0.01 })],
] as const)("the state of %s", (_, make) => {
  it("taken over by a fresh optimizer goes on bit for bit, in float32 too", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 12 }),
        fc.nat(3),
        (gradients, at) => {
          const whole = new Float32Array([0.5]);
          const resumed = new Float32Array([0.5]);
          const first = make();
          let second = make();
          for (const [i, g] of gradients.entries()) {
            if (i === at) {
              const state = second.state();
              second = make();
              expect(second.restore(state)).toBeUndefined();
            }
            const gradient = new Map([["w:1", Float32Array.of(g)]]);
            const move = first.step(new Map([["w:1", whole]]), gradient);
            expect(second.step(new Map([["w:1", resumed]]), gradient)).toEqual(move);
          }
          expect(resumed).toEqual(whole);
          for (const values of first.state().values()) expect(values.length).toBe(1);
          expect(second.state()).toEqual(first.state());
        },
      ),
    );
  });

  it("of another optimizer is refused", () => {
    const foreign = new Map([["else:w", new Float32Array(1)]]);
    expect(make().restore(foreign)).toBeTypeOf("string");
  });
});

describe("clipping", () => {
  const gradient = () =>
    new Map([
      ["a", Float64Array.of(3, 0)],
      ["b", Float64Array.of(-4)],
    ]);
  const clipped = (clip: Parameters<typeof clipGradient>[2]) => {
    const g = gradient();
    clipGradient(g, gradientSize(g), clip);
    return [...g.values()].flatMap((values) => [...values]);
  };

  it("scales an agent's whole gradient to the largest coordinate or to the length", () => {
    expect(gradientSize(gradient())).toEqual({ inf: 4, two: 5 });
    expect(clipped({ norm: "inf", max: 1 })).toEqual([0.75, 0, -1]);
    expectClose(clipped({ norm: 2, max: 1 }), [0.6, 0, -0.8], 12);
  });

  it("cuts every coordinate by itself where a value is set", () => {
    expect(clipped({ value: 3.5 })).toEqual([3, 0, -3.5]);
    expect(clipped({ value: 1 })).toEqual([1, 0, -1]);
  });

  it("leaves a gradient that is within bounds, and any where it is off", () => {
    expect(clipped({ norm: 2, max: 5 })).toEqual([3, 0, -4]);
    expect(clipped("none")).toEqual([3, 0, -4]);
  });

  it("sees a coordinate that is no number", () => {
    const size = gradientSize(new Map([["a", Float64Array.of(1, Number.NaN, 2)]]));
    expect(size.inf).toBeNaN();
    expect(size.two).toBeNaN();
  });
});
