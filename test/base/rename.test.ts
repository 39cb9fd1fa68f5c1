import { describe, expect, it } from "vitest";
import { Inventor } from "../../flows/base/rename.js";
import { KeyedRandom } from "../../flows/data/random.js";
import { makeRows } from "./support.js";

const rows = makeRows();
const inventor = new Inventor(rows);
const renamer = (key: string) => inventor.renamer(new KeyedRandom(key));

describe("a renaming", () => {
  it("gives a name the same stand-in wherever it occurs, and other names others", () => {
    const rename = renamer("a");
    const text = rename("Tangshan: an industrial city in China, not Kyoto. Is Tangshan in China?");
    const match = /^(.+): an industrial city in (.+), not (.+)\. Is (.+) in (.+)\?$/.exec(text)!;
    expect(match[4]).toBe(match[1]);
    expect(match[5]).toBe(match[2]);
    expect(new Set([match[1], match[2], match[3]]).size).toBe(3);
    expect(text).not.toMatch(/\b(Tangshan|China|Kyoto)\b/);
    expect(rename("China")).toBe(match[2]);
  });

  it("puts codes in place of codes and numbers in place of numbers", () => {
    const text = renamer("b")("the currency CNY and the calling code 86");
    expect(text).toMatch(/^the currency [A-Z]{3} and the calling code \d\d$/);
  });

  it("leaves alone what only contains a name", () => {
    const rename = renamer("c");
    expect(rename("Chinatown")).toBe("Chinatown");
    expect(rename("a country with")).toBe("a country with");
  });

  it("depends on the random stream alone", () => {
    const texts = rows.map((row) => row.question);
    expect(texts.map(renamer("d"))).toEqual(texts.map(renamer("d")));
    expect(texts.map(renamer("d"))).not.toEqual(texts.map(renamer("e")));
  });
});
