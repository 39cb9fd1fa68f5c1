import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerEm, answerF1, normaliseAnswer, supportF1 } from "../../runtime/simulator/index.js";

describe("normaliseAnswer", () => {
  // Right-hand sides are what the official evaluator's normaliser gives.
  it.each([
    ["The  Beatles!", "beatles"],
    ["A.B.C.", "abc"],
    ["an apple a day", "apple day"],
    ["theatre", "theatre"],
    ["North-America", "northamerica"],
    ["UTC+5:30", "utc530"],
    ["_the_", ""],
    ["the\u00e9", "the\u00e9"],
    ["the\u0301", "\u0301"],
    ["2the 3", "2the 3"],
    ["x\u0085y\u001fz\u3000w", "x y z w"],
    ["\ufeffx", "\ufeffx"],
    ["\u0130stanbul", "i\u0307stanbul"],
    ["\u201cquoted\u201d", "\u201cquoted\u201d"],
  ])("turns %j into %j", (raw, normal) => {
    expect(normaliseAnswer(raw)).toBe(normal);
  });

  it("changes nothing the second time, unless the first joined an article", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("Paris", "york", "new", "12", "é")), (words) => {
        const once = normaliseAnswer(words.join(" "));
        expect(normaliseAnswer(once)).toBe(once);
      }),
    );
  });
});

describe("answer F1 and exact match", () => {
  it("counts shared words with their multiplicity", () => {
    // Shared: "new" once; 1/3 of the prediction, 1/2 of the answer.
    expect(answerF1("new new jersey", ["new york"])).toBeCloseTo(0.4, 12);
  });

  it("takes the best of the answer and its aliases", () => {
    expect(answerF1("the krone", ["NOK", "Norwegian krone"])).toBeCloseTo(2 / 3, 12);
    expect(answerEm("norwegian Krone.", ["NOK", "Norwegian krone"])).toBe(1);
  });

  it("gives an empty prediction nothing, unless the answer is empty too", () => {
    expect(answerF1("", ["NOK"])).toBe(0);
    expect(answerF1("the", ["NOK"])).toBe(0);
    expect(answerF1("the", ["An"])).toBe(1);
    expect(answerEm("", ["!"])).toBe(1);
  });

  it("stays in [0, 1], is symmetric, and is 1 for what matches exactly", () => {
    const answer = fc
      .array(fc.constantFrom("a", "b", "the", "York", "new", "-", "7"), { maxLength: 6 })
      .map((w) => w.join(" "));
    fc.assert(
      fc.property(answer, answer, (a, b) => {
        const f1 = answerF1(a, [b]);
        expect(f1).toBeGreaterThanOrEqual(0);
        expect(f1).toBeLessThanOrEqual(1);
        expect(answerF1(b, [a])).toBe(f1);
        if (answerEm(a, [b]) === 1) expect(f1).toBe(1);
        expect(answerF1(a, [b, a])).toBe(1);
      }),
    );
  });
});

describe("support F1", () => {
  it("compares sets", () => {
    expect(supportF1([1, 1, 2], [2, 1])).toBe(1);
    expect(supportF1([0, 5], [0, 2])).toBe(0.5);
    // Precision 1/4, recall 1/2.
    expect(supportF1([0, 1, 3, 4], [0, 2])).toBeCloseTo(1 / 3, 12);
    expect(supportF1([], [])).toBe(1);
    expect(supportF1([], [1])).toBe(0);
    expect(supportF1([1], [])).toBe(0);
  });

  it("does not depend on order or repetition", () => {
    const idxs = fc.array(fc.nat({ max: 6 }), { maxLength: 6 });
    fc.assert(
      fc.property(idxs, idxs, (a, b) => {
        expect(supportF1([...a, ...a].reverse(), b)).toBe(supportF1(a, b));
        expect(supportF1(b, a)).toBeCloseTo(supportF1(a, b), 12);
        expect(supportF1(a, a)).toBe(1);
      }),
    );
  });
});
