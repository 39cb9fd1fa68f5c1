import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { format } from "../../grammar/index.js";
import { randomFlow } from "../compiler/random-flow.js";
import { comments, meaning } from "./meaning.js";

/** Inputs as people may write them; `UPDATE_GOLDEN=1` writes what is made of them anew. */
const folder = "test/golden/format";
const update = process.env.UPDATE_GOLDEN === "1";
const inputs = readdirSync(folder).filter((name) => name.endsWith(".flow"));

function formatted(text: string): string {
  const result = format(text);
  if (result.problems !== undefined) throw new Error(`syntax errors in:\n${text}`);
  return result.text;
}

function expectWellFormatted(text: string): void {
  const once = formatted(text);
  expect(formatted(once)).toBe(once);
  expect(meaning(once)).toBe(meaning(text));
  expect(comments(once)).toEqual(comments(text));
  expect(once).not.toMatch(/\n\n\n(?![\s\S]*""")/);
}

describe("formatting", () => {
  it.each(inputs)("lays %s out as is written beside it", (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const path = join(folder, name.replace(/\.flow$/, ".txt"));
    expectWellFormatted(text);
    if (update) writeFileSync(path, formatted(text));
    expect(existsSync(path), `${path} is missing: run with UPDATE_GOLDEN=1 and read what it writes`).toBe(
      true,
    );
    expect(formatted(text)).toBe(readFileSync(path, "utf8"));
  });

  /** Files of one text, and all files of the programs of several. */
  const all = ["flows", "cli/templates", "test/golden/ok", "test/conformance/compiles"].flatMap((each) =>
    readdirSync(each, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".flow"))
      .map((name) => join(each, name)),
  );

  it.each(all)("keeps what %s means, and its comments, and changes nothing the second time", (path) => {
    expectWellFormatted(readFileSync(path, "utf8"));
  });

  it("does so however blanks, line breaks and comments are strewn over a flow", () => {
    const blank = fc.constantFrom(" ", "   ", "\n", "\n\n\n\n", "\t", "\r\n", " # why\n", "\n  // alone\n\n");
    fc.assert(
      fc.property(randomFlow, fc.array(blank, { minLength: 200, maxLength: 200 }), (text, blanks) => {
        let used = 0;
        const strewn = text.replace(/"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|\s+/g, (found) =>
          /^\s/.test(found) ? blanks[used++ % blanks.length]! : found,
        );
        expectWellFormatted(strewn);
        expect(meaning(formatted(strewn))).toBe(meaning(text));
      }),
      { numRuns: 60 },
    );
  });

  it("leaves a text with syntax errors alone, and says what is wrong", () => {
    expect(format("flow f(").problems?.length).toBeGreaterThan(0);
    expect(format("[".repeat(10_000)).problems?.length).toBe(1);
    expect(format(`#${"x".repeat(2_000_000)}`).problems?.length).toBe(1);
  });

  it("makes nothing of nothing", () => {
    expect(formatted("")).toBe("");
    expect(formatted(" \n\n\t")).toBe("");
    expect(formatted("\uFEFF# x")).toBe("# x\n");
  });
});
