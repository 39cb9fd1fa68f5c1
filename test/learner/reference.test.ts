import fc from "fast-check";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { expect, it } from "vitest";
import { Gate } from "../../runtime/learner/index.js";
import { type Factors, interpolateProduct, type Shape } from "../../runtime/learner/reference.js";
import { Uniforms } from "../../runtime/machine/random.js";

function factors(shape: Shape, key: string): Factors {
  const numbers = new Uniforms(key);
  const draw = (length: number) => Float32Array.from({ length }, () => 2 * numbers.next() - 1);
  return { b: draw(shape.out * shape.rank), a: draw(shape.rank * shape.in) };
}

function product({ b, a }: Factors, { out, rank, in: width }: Shape): Matrix {
  return Matrix.from1DArray(out, rank, [...b]).mmul(Matrix.from1DArray(rank, width, [...a]));
}

function lerp(from: Factors, to: Factors, mix: number, shape: Shape): Matrix {
  return Matrix.add(Matrix.mul(product(from, shape), 1 - mix), Matrix.mul(product(to, shape), mix));
}

/** Evenly between the ends: fast-check's own doubles are mostly tiny. */
const mixes = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);

const shapes = fc.record({
  out: fc.integer({ min: 1, max: 12 }),
  rank: fc.integer({ min: 1, max: 4 }),
  in: fc.integer({ min: 1, max: 12 }),
});

it("is the best approximation of the interpolated product, with the error that it reports", () => {
  fc.assert(
    fc.property(shapes, mixes, fc.nat(1000), (shape, mix, seed) => {
      const [from, to] = [factors(shape, `from ${seed}`), factors(shape, `to ${seed}`)];
      const exact = lerp(from, to, mix, shape);
      const found = interpolateProduct(from, to, mix, shape);
      const size = exact.norm("frobenius");
      const error = Matrix.sub(product(found, shape), exact).norm("frobenius");
      const singular = new SingularValueDecomposition(exact, { autoTranspose: true }).diagonal;
      const best = Math.hypot(...singular.slice(shape.rank));
      expect(error / size).toBeCloseTo(found.relativeError, 5);
      expect(best / size).toBeCloseTo(found.relativeError, 5);
    }),
    { numRuns: 60 },
  );
});

it("ends whatever the magnitudes, to the smallest that a number can have", () => {
  for (const exponent of [-1074, -1060, -1040, -1030, -1022, -1000, -700, -540, -500, -300, -160, -150]) {
    for (let seed = 0; seed < 60; seed += 1) {
      const shape = { out: 6 + (seed % 5), rank: 1 + (seed % 4), in: 12 - (seed % 6) };
      const [from, to] = [factors(shape, `from ${seed}`), factors(shape, `to ${seed}`)];
      const found = interpolateProduct(from, to, 2 ** exponent, shape);
      const difference = Matrix.sub(product(found, shape), product(from, shape)).norm("frobenius");
      expect(difference / product(from, shape).norm("frobenius")).toBeLessThan(1e-5);
      const tiny = { b: to.b.map((x) => x * 2 ** Math.max(exponent, -149)), a: to.a };
      expect(interpolateProduct(tiny, tiny, 0.5, shape).relativeError).toBeLessThan(1);
    }
  }
});

it("refuses factors that are not finite, which no decomposition ends with", () => {
  const shape = { out: 6, rank: 2, in: 5 };
  const whole = factors(shape, "a");
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const broken = { b: whole.b.with(3, value), a: whole.a };
    expect(() => interpolateProduct(whole, broken, 0.5, shape)).toThrow(RangeError);
  }
});

it("is exact on the way from the untrained policy, and at both ends", () => {
  const shape = { out: 10, rank: 2, in: 7 };
  const [other, trained] = [factors(shape, "a"), factors(shape, "b")];
  const untrained = { b: new Float32Array(20), a: trained.a };
  for (const [from, mix] of [
    [untrained, 0.5],
    [other, 0],
    [other, 1],
  ] as const) {
    const found = interpolateProduct(from, trained, mix, shape);
    expect(found.relativeError).toBeLessThan(1e-6);
    const error = Matrix.sub(product(found, shape), lerp(from, trained, mix, shape)).norm("frobenius");
    expect(error).toBeLessThan(1e-5);
  }
});

it("is exact, up to rounding, wherever the rank suffices", () => {
  fc.assert(
    fc.property(shapes, mixes, fc.nat(1000), (shape, mix, seed) => {
      const [from, other] = [factors(shape, `from ${seed}`), factors(shape, `to ${seed}`)];
      // With one factor in common, what lies between has no higher rank than the ends.
      for (const to of [
        { b: from.b, a: other.a },
        { b: other.b, a: from.a },
      ]) {
        const found = interpolateProduct(from, to, mix, shape);
        const exact = lerp(from, to, mix, shape);
        expect(found.relativeError).toBeLessThan(1e-6);
        const error = Matrix.sub(product(found, shape), exact).norm("frobenius");
        expect(error).toBeLessThan(1e-5 * Math.max(1, exact.norm("frobenius")));
      }
    }),
    { numRuns: 60 },
  );
});

it("is zero between two adapters that do nothing", () => {
  const shape = { out: 6, rank: 2, in: 5 };
  const nothing = { b: new Float32Array(12), a: factors(shape, "a").a };
  const found = interpolateProduct(nothing, nothing, 0.5, shape);
  expect(found.relativeError).toBe(0);
  expect(product(found, shape).norm("frobenius")).toBe(0);
});

it("does not depend on how the factors share the product, as averaging them would", () => {
  const shape = { out: 6, rank: 2, in: 5 };
  const [from, to] = [factors(shape, "a"), factors(shape, "b")];
  const same = { b: to.b.map((x) => x * 4), a: to.a.map((x) => x / 4) };
  const [one, two] = [interpolateProduct(from, to, 0.5, shape), interpolateProduct(from, same, 0.5, shape)];
  expect(Matrix.sub(product(one, shape), product(two, shape)).norm("frobenius")).toBeLessThan(1e-5);
});

function openings(gate: Gate, rewards: readonly number[]): number {
  return rewards.filter((reward) => gate.add(reward)).length;
}

it("opens when a window is above the best one before it by more than chance", () => {
  const low = [0, 1, 0, 0, 1, 0, 0, 1];
  const high = [1, 1, 1, 1, 1, 1, 0, 1];
  expect(openings(new Gate(8, 1.645), [...low, ...high])).toBe(1);
  expect(openings(new Gate(8, 1.645), [...high, ...low])).toBe(0);
  expect(openings(new Gate(8, 1.645), [...low, 0, 1, 0, 1, 1, 0, 0, 1])).toBe(0);
});

it("compares with the best window before, not with the last one", () => {
  const [high, low, middle] = [
    [5, 6, 5, 6],
    [1, 2, 1, 2],
    [3, 4, 3, 4],
  ];
  expect(openings(new Gate(4, 1.645), [...high!, ...low!, ...middle!])).toBe(0);
  expect(openings(new Gate(4, 1.645), [...low!, ...high!, ...middle!, ...high!])).toBe(1);
});

it("asks for so many standard errors of the difference, by unbiased variances", () => {
  // Means 0.5 and 1.5, variances 1 / 3 each: the error is sqrt(2 / 12), of which the difference is 2.449.
  const rewards = [0, 0, 1, 1, 1, 1, 2, 2];
  expect(openings(new Gate(4, 2.44), rewards)).toBe(1);
  expect(openings(new Gate(4, 2.46), rewards)).toBe(0);
});

it("has nothing to compare the first window with", () => {
  expect(openings(new Gate(2, 0), [5, 5])).toBe(0);
  expect(openings(new Gate(2, 1.645, true), [5, 5, 1, 1, 1])).toBe(2);
});

it("counts episodes alone if it is open, so that rewards need not be known, nor written down", () => {
  const open = new Gate(2, 1.645, true);
  expect(openings(open, [Number.NaN, Number.NaN, Number.NaN])).toBe(1);
  expect(JSON.parse(JSON.stringify(open.state()))).toEqual(open.state());
});

it("opens on pure noise far less often than a bare record would", () => {
  const runs = Array.from({ length: 20 }, (_, run) => {
    const numbers = new Uniforms(`noise ${run}`);
    return Array.from({ length: 20 * 50 }, () => numbers.next());
  });
  const total = (confidence: number) =>
    runs.reduce((sum, rewards) => sum + openings(new Gate(50, confidence), rewards), 0);
  expect(total(0)).toBeGreaterThan(30);
  expect(total(1.645)).toBeLessThan(total(0) / 4);
});

it("goes on from a kept state", () => {
  const gate = new Gate(3, 0);
  openings(gate, [0, 0, 0, 1]);
  const resumed = new Gate(3, 0);
  resumed.restore(JSON.parse(JSON.stringify(gate.state())));
  expect(openings(resumed, [1, 1])).toBe(1);
});
