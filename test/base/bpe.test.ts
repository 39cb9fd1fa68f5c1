import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countWords, trainBytePairs } from "../../flows/base/bpe.js";
import { SPECIALS, tokenizerFiles, trainVocabulary } from "../../flows/base/tokenizer-files.js";
import { loadTokenizer, type Tokenizer } from "../../runtime/policy/tokenizer/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const CORPUS = [
  "low low low low low",
  "lower lower",
  "newest newest newest newest newest newest",
  "widest widest widest",
];

describe("the byte-pair trainer", () => {
  it("merges the most frequent pair first, within words only", () => {
    const { merges } = trainBytePairs(countWords(CORPUS), 260);
    expect(merges).toEqual([
      ["e", "s"],
      ["es", "t"],
      ["Ġ", "l"],
      ["o", "w"],
    ]);
  });

  it("merges repetitions from the left, and breaks ties by the smaller ids", () => {
    const { pieces } = trainBytePairs(new Map([["aaaaa", 1]]), 258);
    expect(pieces.slice(256)).toEqual(["aa", "aaa"]);
  });

  it("does not depend on the order of the words", () => {
    const words = countWords(CORPUS);
    expect(trainBytePairs(new Map([...words].reverse()), 268)).toEqual(trainBytePairs(words, 268));
  });

  it("says so if the corpus is too small", () => {
    expect(() => trainBytePairs(new Map([["ab", 1]]), 300)).toThrow("the corpus gives only 257 pieces");
  });
});

function smallTokenizer(): Tokenizer {
  const folder = join(temporaryFolder(), "tokenizer");
  mkdirSync(folder);
  const words = countWords([...CORPUS, "Tangshan: an industrial city in China"]);
  for (const [name, text] of tokenizerFiles(trainVocabulary(words, 300)))
    writeFileSync(join(folder, name), text);
  return loadTokenizer(folder);
}

describe("the base model's tokenizer", () => {
  const tokenizer = smallTokenizer();

  it("gives a word at the start of a text the tokens it has within one", () => {
    const name = tokenizer.encodePlain("Tangshan");
    expect(tokenizer.encodePlain("in Tangshan").slice(-name.length)).toEqual(name);
    expect(tokenizer.encode("<doc>Tangshan").slice(1)).toEqual(name);
  });

  it("has one token for each label", () => {
    expect(tokenizer.encodePlain("yes")).toHaveLength(1);
    expect(tokenizer.encodePlain("no")).toHaveLength(1);
  });

  it("decodes to the text but for one space before it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        const decoded = tokenizer.decode(tokenizer.encodePlain(text));
        expect(decoded).toBe(text.startsWith(" ") ? text : ` ${text}`);
      }),
    );
  });

  it("puts special tokens first", () => {
    expect(SPECIALS.map((token) => tokenizer.idOf(token))).toEqual(SPECIALS.map((_, id) => id));
  });
});
