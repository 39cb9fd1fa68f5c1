import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extractiveAnswer, normaliseAnswer } from "../../runtime/simulator/index.js";

const texts = ["Oslo is the capital of Norway.", "Its currency, the Norwegian krone, is worth 100 øre."];

describe("an answer made a part of its paragraphs", () => {
  it.each([
    ["stays if it stands there", ["capital of Norway", "krone"], "capital of Norway"],
    ["stays if it stands there, be it no whole word", ["orwegian kron"], "orwegian kron"],
    ["stays if it is empty", [""], ""],
    ["loses words that do not", ["the Swedish capital of Norway today"], "capital of Norway"],
    ["stays if none of its words does", ["Stockholm, Sweden"], "Stockholm, Sweden"],
    ["has the longest run by the words that count", ["is the Norwegian krone"], "the Norwegian krone"],
    ["is no article", ["the Bergen"], "the Bergen"],
    ["is of the first of equal runs", ["Norway? Oslo currency"], "Oslo"],
    [
      "has the words of the guess with most votes",
      ["x Norway.", "krone 100", "100 krone", "Krone  100!"],
      "krone",
    ],
    ["whichever way that is spelt", ["x Norway.", "worth: 100", "worth 100", "Worth 100."], "100"],
    ["counts for more than a guess with as many", ["x Norway.", "krone y"], "Norway."],
    ["has the words of the next guess if its own stand nowhere", ["Bergen", "x krone"], "krone"],
  ] as const)("%s", (_, guesses, answer) => {
    expect(extractiveAnswer(guesses as unknown as [string], texts)).toBe(answer);
  });

  it("stays where there are no paragraphs", () => {
    expect(extractiveAnswer(["x Oslo"], [])).toBe("x Oslo");
  });

  it("stands in a paragraph or is the answer itself, and is the same the second time", () => {
    const words = fc.constantFrom("the", "New", "York", "york,", "a", "of", "Oslo", "1,000");
    const text = fc.array(words, { maxLength: 8 }).map((all) => all.join(" "));
    const guesses = fc.tuple(text, text, text).map(([a, b, c]) => [a, b, c] as const);
    fc.assert(
      fc.property(guesses, fc.array(text, { minLength: 1, maxLength: 3 }), (guessed, paragraphs) => {
        const found = extractiveAnswer([...guessed], paragraphs);
        const stands = paragraphs.some((paragraph) => paragraph.includes(found));
        expect(stands || found === guessed[0]).toBe(true);
        expect(extractiveAnswer([found], paragraphs)).toBe(found);
        if (found !== guessed[0]) expect(normaliseAnswer(found)).not.toBe("");
      }),
    );
  });
});
