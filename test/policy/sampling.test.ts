import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argmax, draw, logSumExp } from "../../runtime/policy/decode/sampling.js";

const decoding = (temperature: number, topP: number) =>
  ({ kind: "sample", temperature, topP, key: "" }) as const;

describe("sampling", () => {
  it("takes the first of equally probable tokens when greedy", () => {
    expect(argmax(new Float32Array([1, 3, 3, 2]))).toBe(1);
  });

  it("normalises logits of any size", () => {
    expect(logSumExp(new Float64Array([1000, 1000]))).toBeCloseTo(1000 + Math.log(2), 12);
    expect(logSumExp(new Float64Array([-1000, -1001]))).toBeCloseTo(-1000 + Math.log1p(Math.exp(-1)), 12);
  });

  it("draws each token for a share of the uniform numbers that is its probability", () => {
    const logits = new Float32Array([Math.log(0.5), Math.log(0.2), Math.log(0.3)]);
    const counts = [0, 0, 0];
    for (let i = 0; i < 1000; i++) counts[draw(logits, decoding(1, 1), (i + 0.5) / 1000)]!++;
    expect(counts).toEqual([500, 200, 300]);
  });

  it("never draws outside the nucleus, and always something", () => {
    const distributions = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), {
      minLength: 1,
      maxLength: 40,
    });
    const share = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(distributions, share, share, (logits, topP, uniform) => {
        const values = new Float32Array(logits);
        const id = draw(values, decoding(0.7, topP), Math.min(uniform, 1 - 2 ** -53));
        const scaled = Float64Array.from(values, (x) => x / 0.7);
        const normaliser = logSumExp(scaled);
        const p = scaled.map((x) => Math.exp(x - normaliser));
        const before = p.filter((x, i) => x > p[id]! || (x === p[id]! && i < id));
        const mass = before.reduce((sum, x) => sum + x, 0);
        expect(mass).toBeLessThan(topP + 1e-12);
      }),
    );
  });

  it("keeps the most probable tokens only, and takes the nucleus among these", () => {
    const logits = Float32Array.from([0.1, 0.4, 0.2, 0.3], Math.log);
    const drawn = (topK: number, topP: number) => {
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < 700; i++) counts[draw(logits, { ...decoding(1, topP), topK }, (i + 0.5) / 700)]!++;
      return counts;
    };
    expect(drawn(2, 1)).toEqual([0, 400, 0, 300]);
    expect(drawn(1, 1)).toEqual([0, 700, 0, 0]);
    expect(drawn(9, 1)).toEqual(drawn(0, 1));
    // Of the two that are kept, the first has 4/7 of what is left, which is enough for a nucleus of a half.
    expect(drawn(2, 0.5)).toEqual([0, 700, 0, 0]);
    expect(drawn(0, 0.5)).toEqual([0, 400, 0, 300]);
  });

  it("comes close to greedy at a low temperature", () => {
    expect(draw(new Float32Array([0, 1, 0.5]), decoding(0.01, 1), 0.999)).toBe(1);
  });
});
