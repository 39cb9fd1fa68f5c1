import fc from "fast-check";
import { expect, it } from "vitest";
import { joinKey, permutation, type RandomKey, Uniforms, uniform } from "../../runtime/machine/random.js";

const key: RandomKey = { seed: 1, epoch: 0, task: "t", point: "p", purpose: "x", sample: 0 };

const anyKey = fc.record({
  seed: fc.nat(3),
  epoch: fc.nat(3),
  task: fc.string({ maxLength: 3 }),
  point: fc.string({ maxLength: 3 }),
  purpose: fc.string({ maxLength: 3 }),
  sample: fc.nat(3),
});

it("joins different keys to different strings, whatever characters they hold", () => {
  fc.assert(
    fc.property(anyKey, anyKey, (a, b) => {
      expect(joinKey(a) === joinKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

it("gives a key the same numbers wherever it is used", () => {
  expect(uniform(key)).toBe(uniform({ ...key }));
  expect(uniform(key)).not.toBe(uniform({ ...key, sample: 1 }));
  // Fixed for good: recorded runs depend on these.
  expect(uniform(key)).toBe(0.6972773525443156);
});

it("draws numbers in [0, 1) with the mean and variance of a uniform distribution", () => {
  const numbers = new Uniforms("k");
  const n = 20_000;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i += 1) {
    const u = numbers.next();
    expect(u >= 0 && u < 1).toBe(true);
    sum += u;
    squares += u * u;
  }
  expect(sum / n).toBeCloseTo(1 / 2, 1.9);
  expect(squares / n - (sum / n) ** 2).toBeCloseTo(1 / 12, 2);
});

it("permutes every index exactly once, and differently for another key", () => {
  const order = permutation(100, "a");
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect([...order]).toEqual([...permutation(100, "a")]);
  expect([...order]).not.toEqual([...permutation(100, "b")]);
});
