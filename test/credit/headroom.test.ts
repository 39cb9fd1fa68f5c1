import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Gain, headroomOf } from "../../runtime/credit/headroom.js";

const gains = fc.array(
  fc.record({
    gain: fc.double({ min: 0, max: 1, noNaN: true }),
    probability: fc.double({ min: 0.2, max: 1, noNaN: true }),
  }),
  { maxLength: 6 },
);

/** Every set of choice points that may be tried, with its probability. */
function* samples(all: readonly Gain[]): Generator<readonly [readonly Gain[], number]> {
  for (let set = 0; set < 2 ** all.length; set += 1) {
    let chance = 1;
    const tried = all.filter(({ probability }, i) => {
      const isIn = ((set >> i) & 1) === 1;
      chance *= isIn ? probability : 1 - probability;
      return isIn;
    });
    yield [tried, chance];
  }
}

describe("an episode's headroom", () => {
  it("is the largest gain where all choice points are tried", () => {
    fc.assert(
      fc.property(gains, (some) => {
        const all = some.map(({ gain }) => ({ gain, probability: 1 }));
        expect(headroomOf(all)).toBe(Math.max(0, ...all.map(({ gain }) => gain)));
      }),
    );
  });

  it("is the largest gain in the mean over all samples, whatever their probabilities", () => {
    fc.assert(
      fc.property(gains, (all) => {
        let expected = 0;
        for (const [tried, chance] of samples(all)) expected += chance * headroomOf(tried);
        expect(expected).toBeCloseTo(Math.max(0, ...all.map(({ gain }) => gain)), 8);
      }),
    );
  });
});
