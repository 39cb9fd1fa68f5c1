import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type File, format, parse, print, type TemplatePart } from "../../grammar/index.js";
import { randomFlow } from "../compiler/random-flow.js";
import { readCorpus } from "../fuzz/corpus.js";
import { withoutPlaces } from "./meaning.js";
import { randomTree } from "./random-tree.js";

/**
 * What a tree says. Text that cannot stand in a prompt block as it is comes back as a hole with a text in quotes, which
 * renders to the same: in a template such a hole is text.
 */
function said(file: File): string {
  const merged = JSON.parse(withoutPlaces(file), (key, value: unknown) =>
    ["parts", "body", "otherwise"].includes(key) && Array.isArray(value)
      ? merge(value as TemplatePart[])
      : inOrder(value),
  ) as unknown;
  return JSON.stringify(merged);
}

/** Fields by the alphabet: builders differ in the order in which they name them. */
function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function merge(parts: readonly TemplatePart[]): TemplatePart[] {
  const merged: TemplatePart[] = [];
  for (const part of parts) {
    const text =
      part.kind === "text"
        ? part.text
        : part.kind === "hole" && part.value.kind === "text"
          ? part.value.value
          : undefined;
    const last = merged.at(-1);
    if (text === undefined) merged.push(part);
    else if (last?.kind === "text") merged[merged.length - 1] = { kind: "text", text: last.text + text };
    else if (text !== "") merged.push({ kind: "text", text });
  }
  return merged.filter((part) => part.kind !== "text" || part.text !== "");
}

function reread(text: string): File {
  const { file, problems } = parse(text);
  expect(problems, text).toEqual([]);
  return file;
}

describe("a printed tree", () => {
  it("is read as the same tree, whatever it is", () => {
    fc.assert(
      fc.property(randomTree, (tree) => {
        const text = print(tree);
        expect(said(reread(text)), text).toBe(said(tree));
      }),
      { numRuns: 500 },
    );
  });

  it("is laid out as the same tree too, and laid out once", () => {
    fc.assert(
      fc.property(randomTree, (tree) => {
        const { text = "" } = format(print(tree)) as { text?: string };
        expect(said(reread(text)), text).toBe(said(tree));
        expect(format(text)).toEqual({ text });
      }),
      { numRuns: 300 },
    );
  });

  it("is the same for a tree that was read: no text needs inserting then", () => {
    const texts = [...readCorpus(process.cwd()), ...fc.sample(randomFlow, { numRuns: 50, seed: 1 })];
    let whole = 0;
    for (const text of texts) {
      const { file, problems } = parse(text);
      if (problems.length > 0) continue;
      whole++;
      expect(withoutPlaces(reread(print(file))), text).toBe(withoutPlaces(file));
    }
    expect(whole).toBeGreaterThan(200);
  });
});
