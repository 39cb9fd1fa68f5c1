import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCorpus } from "./corpus.js";
import { inputOf } from "./input.js";
import { judge } from "./judge.js";

/** Inputs that once failed, each named for what it brought about. */
const folder = "test/fuzz/found";

/** Milliseconds for a thousand texts, some of which are compiled and drawn. */
const PATIENCE = 180_000;

/** The long run measures; here other tests run beside. */
const untimed = () => () => 0;

describe("any text", () => {
  it("goes through every door of the compiler: a sample of what `npm run fuzz` tries", {
    timeout: PATIENCE,
  }, async () => {
    const corpus = readCorpus(process.cwd());
    let compiled = 0;
    for (let seed = 1_000_000; seed < 1_001_000; seed++) {
      const { text, made } = inputOf(seed, corpus);
      const verdict = await judge(text, (seed % 10) / 10, untimed);
      expect(verdict.findings, `seed ${seed}, made by ${made.join(", ")}`).toEqual([]);
      if (verdict.compiled) compiled++;
    }
    // Some must be right, or nothing is said about emission.
    expect(compiled).toBeGreaterThan(40);
  });

  it.each(readdirSync(folder))("%s, which once failed", async (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    for (const at of [0, 0.5, 1]) expect((await judge(text, at, untimed)).findings).toEqual([]);
  });

  it("is made by its seed alone", () => {
    const corpus = readCorpus(process.cwd());
    expect(inputOf(7, corpus)).toEqual(inputOf(7, [...corpus]));
    const texts = Array.from({ length: 50 }, (_, seed) => inputOf(seed, corpus).text);
    expect(new Set(texts).size).toBeGreaterThan(45);
  });
});
