import fc from "fast-check";
import { expect, it } from "vitest";
import { preferenceLoss } from "../../runtime/learner/index.js";

const finite = fc.double({ min: -50, max: 50, noNaN: true });

it("is log 2 per unit of reward gap where policy and reference agree", () => {
  expect(preferenceLoss(-3, -3, 0.5, 1, 1).loss).toBeCloseTo(0.5 * Math.log(2), 12);
});

it("weighs by the reward gap and divides by the agent's pairs", () => {
  const one = preferenceLoss(1, 0.5, 1, 0.5, 1);
  const part = preferenceLoss(1, 0.5, 0.3, 0.5, 4);
  expect(part.loss).toBeCloseTo((one.loss * 0.3) / 4, 12);
  expect(part.slope).toBeCloseTo((one.slope * 0.3) / 4, 12);
});

it("has the slope that differences show", () => {
  fc.assert(
    fc.property(finite, finite, fc.double({ min: 0.01, max: 2, noNaN: true }), (margin, reference, beta) => {
      const h = 1e-5;
      const at = (m: number) => preferenceLoss(m, reference, 1, beta, 1).loss;
      const numeric = (at(margin + h) - at(margin - h)) / (2 * h);
      expect(preferenceLoss(margin, reference, 1, beta, 1).slope).toBeCloseTo(numeric, 5);
    }),
  );
});

it("with label smoothing is the mean of a preference and its reverse, so weighted", () => {
  fc.assert(
    fc.property(finite, finite, fc.double({ min: 0, max: 0.499, noNaN: true }), (margin, reference, e) => {
      const smoothed = preferenceLoss(margin, reference, 0.7, 0.8, 3, e);
      const [z, right, wrong] = [margin - reference, 0.7 * 0.8, 0.7];
      const at = (m: number) => preferenceLoss(m, 0, wrong, 0.8, 3).loss;
      expect(smoothed.loss).toBeCloseTo((1 - e) * at(z) + e * at(-z), 9);
      const probability = 1 / (1 + Math.exp(-0.8 * z));
      expect(smoothed.slope).toBeCloseTo((-right * (1 - probability - e)) / 3, 9);
    }),
  );
});

it("with label smoothing draws a margin to where it fits the smoothed preference, and no further", () => {
  const [beta, e] = [0.5, 0.1];
  const margin = Math.log((1 - e) / e) / beta;
  expect(preferenceLoss(margin, 0, 1, beta, 1, e).slope).toBeCloseTo(0, 12);
  expect(preferenceLoss(margin + 1, 0, 1, beta, 1, e).slope).toBeGreaterThan(0);
  expect(preferenceLoss(margin - 1, 0, 1, beta, 1, e).slope).toBeLessThan(0);
});

it("stays finite for margins of any size", () => {
  for (const margin of [-1e6, -800, 800, 1e6]) {
    const { loss, slope } = preferenceLoss(margin, 0, 1, 1, 1);
    expect(Number.isFinite(loss)).toBe(true);
    expect(slope).toBeLessThanOrEqual(0);
    expect(slope).toBeGreaterThanOrEqual(-1);
  }
  expect(preferenceLoss(-800, 0, 1, 1, 1).loss).toBeCloseTo(800, 9);
});
