import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conform, type Json } from "../../../runtime/machine/index.js";
import { FormCursor } from "../../../runtime/policy/form/cursor.js";
import { Forms } from "../../../runtime/policy/form/forms.js";
import { loadTokenizer, type Tokenizer } from "../../../runtime/policy/tokenizer/index.js";

const folder = fileURLToPath(new URL("../../../flows/base/weak", import.meta.url));
const tokenizer = loadTokenizer(folder);
const VOCABULARY = 1024;
const [END] = tokenizer.endTokens as [number];

const record = (properties: Record<string, Json>): Json => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const text: Json = { type: "string" };
const int: Json = { type: "integer" };
const labels = (...names: string[]): Json => ({ type: "string", enum: names });

const leaf = fc.constantFrom<Json>(
  text,
  int,
  { type: "number" },
  { type: "boolean" },
  labels("yes", "no"),
  labels("a", "ab", "abc", "b"),
);

const name = fc.constantFrom("a", "b", "title", "toString", "x_1", "zz");

/** Any schema of a record as the compiler writes them, of a few levels. */
const { schema } = fc.letrec<{ any: Json; schema: Json }>((tie) => ({
  schema: fc
    .uniqueArray(fc.tuple(name, tie("any")), { selector: ([key]) => key, maxLength: 4 })
    .map((fields) => record(Object.fromEntries(fields))),
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie("schema"),
    tie("any").map((items): Json => ({ type: "array", items })),
    tie("any").map(
      (each): Json => ("anyOf" in (each as object) ? each : { anyOf: [each, { type: "null" }] }),
    ),
  ),
}));

/** Logits that have an opinion on every token, and another one after each. */
function* opinions(seed: number): Generator<Float32Array> {
  let state = seed | 1;
  for (;;) {
    yield Float32Array.from({ length: VOCABULARY }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state / 2 ** 27;
    });
  }
}

function fill(forms: Forms, wanted: Json, tokens: number, seed: number, sampled: boolean): number[] {
  const cursor = new FormCursor(forms.of(wanted).form);
  const decoding = sampled
    ? ({ kind: "sample", temperature: 2, topP: 1, key: "k" } as const)
    : ({ kind: "greedy" } as const);
  const ids: number[] = [];
  let draws = seed;
  const uniform = () => {
    draws = (draws * 16807 + 11) % 2147483647;
    return Math.abs(draws) / 2147483647;
  };
  for (const logits of opinions(seed)) {
    ids.push(cursor.next(logits, tokens - ids.length, decoding, uniform));
    if (ids.at(-1) === END || ids.length > tokens) return ids;
  }
  return ids;
}

describe("records that a model fills in", () => {
  const forms = new Forms(tokenizer, VOCABULARY);

  it("fit their schema whatever the model prefers and however few tokens it has", () => {
    fc.assert(
      fc.property(schema, fc.nat(40), fc.integer(), fc.boolean(), (wanted, more, seed, sampled) => {
        const tokens = forms.of(wanted).least + more;
        const ids = fill(forms, wanted, tokens, seed, sampled);
        expect(ids.length).toBeLessThanOrEqual(tokens);
        expect(ids.at(-1)).toBe(END);
        const value = forms.value(ids.slice(0, -1));
        expect(conform(wanted, value)).toEqual({ value });
      }),
      { numRuns: 150 },
    );
  });

  it("are written in one way only: what is read and written again is the same text", () => {
    const wanted = record({ s: text, n: int, f: { type: "number" }, l: { type: "array", items: text } });
    for (let seed = 1; seed <= 100; seed++) {
      const ids = fill(forms, wanted, 60, seed * 7919, seed % 2 === 0);
      const written = tokenizer.decode(ids);
      // What is decoded may differ where a text holds a special token's spelling or half a character, which it cannot.
      expect(JSON.stringify(forms.value(ids.slice(0, -1)))).toBe(written);
    }
  });

  it("take the fewest tokens that there are when these are all that is left", () => {
    const wanted = record({ title: text, score: int });
    const { least } = forms.of(wanted);
    const ids = fill(forms, wanted, least, 3, false);
    expect(ids).toHaveLength(least);
    // The shortest text that fits: nothing in quotes and one digit.
    expect(tokenizer.decode(ids)).toMatch(/^\{"title":"","score":\d\}$/);
  });

  it("are refused where the vocabulary cannot write them, and where a tokenizer does not say what tokens spell", () => {
    const known = tokenizer.tokenBytes();
    const without = (byte: string) =>
      new Map([...known].filter(([, bytes]) => !bytes.includes(byte.charCodeAt(0))));
    const poor: Tokenizer = { ...tokenizer, tokenBytes: () => without("{") };
    expect(() => new Forms(poor, VOCABULARY).of(record({ a: text }))).toThrow(/vocabulary cannot write/);
    const mute: Tokenizer = {
      ...tokenizer,
      tokenBytes: () => {
        throw new Error("no bytes");
      },
    };
    expect(() => new Forms(mute, VOCABULARY).of(record({ a: text }))).toThrow(/no bytes/);
  });

  it("are refused where a schema leads back into itself or has too many parts", () => {
    const circle: Json = { $ref: "#/$defs/A", $defs: { A: record({ a: { $ref: "#/$defs/A" } }) } };
    expect(() => forms.of(circle)).toThrow(/contains itself/);
    const names = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q"];
    const $defs = Object.fromEntries(
      names.map((each, i) => {
        const next: Json = i + 1 < names.length ? { $ref: `#/$defs/${names[i + 1]}` } : text;
        return [each, record({ x: next, y: next })];
      }),
    );
    expect(() => forms.of({ $ref: "#/$defs/A", $defs })).toThrow(/too many parts/);
  });
});
