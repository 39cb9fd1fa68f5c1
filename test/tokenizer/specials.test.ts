import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadTokenizer } from "../../runtime/policy/tokenizer/index.js";
import { makeShield } from "../../runtime/policy/tokenizer/shield.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const tokenizer = loadTokenizer("test/fixtures/reference/llama");
const SPECIALS = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"];
const special = new Set(SPECIALS.map((token) => tokenizer.idOf(token)!));
const controls = (ids: readonly number[]) => ids.filter((id) => special.has(id));

/** Text made of what is dangerous: whole special tokens, their halves, stand-ins, and anything else. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...SPECIALS,
        "<",
        "<|",
        "<|en",
        "d|>",
        "|>",
        "\ue000",
        "\ue001",
        "\u{f0000}",
        "é",
        "\n",
      ),
      fc.string({ unit: "grapheme" }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

describe("untrusted text", () => {
  it("never yields a special token, and decodes to itself", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const ids = tokenizer.encodePlain(text);
        expect(controls(ids)).toEqual([]);
        expect(tokenizer.decode(ids)).toBe(text);
      }),
    );
  });

  it("puts no special token into a chat prompt beside the template's own", () => {
    const own = controls(tokenizer.renderChat("s", "u"));
    fc.assert(
      fc.property(hostile, hostile, (system, user) => {
        expect(controls(tokenizer.renderChat(`s${system}`, user))).toEqual(own);
      }),
    );
  });

  it("is tokenised as it would be without any shield if it spells no special token", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!text.includes("<"));
        expect(tokenizer.encodePlain(text)).toEqual(tokenizer.encode(text));
      }),
    );
  });

  it("that spells a special token has a meaning only to encode", () => {
    expect(controls(tokenizer.encode("a<|end|>b"))).toEqual([1]);
    expect(controls(tokenizer.encodePlain("a<|end|>b"))).toEqual([]);
  });
});

describe("added tokens that are not marked as special", () => {
  const folder = temporaryFolder();
  cpSync("test/fixtures/reference/llama", folder, { recursive: true });
  const path = join(folder, "tokenizer.json");
  const json = JSON.parse(readFileSync(path, "utf8"));
  const plain = ["<think>", "</s>", "[INST]", "Zürich", "    ", "<"].map((content, i) => {
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };
    return { id: 475 + i, content, ...flags };
  });
  writeFileSync(path, JSON.stringify({ ...json, added_tokens: [...json.added_tokens, ...plain] }));
  const tokenizer = loadTokenizer(folder);

  it.each(["<think>", "</s>", "[INST]"])("steer a model, and are plain text in a value: %s", (token) => {
    const id = tokenizer.idOf(token);
    expect(tokenizer.encode(`a${token}b`)).toContain(id);
    expect(tokenizer.encodePlain(`a${token}b`)).not.toContain(id);
    expect(tokenizer.renderChat("", `a${token}b`)).not.toContain(id);
    expect(tokenizer.decode(tokenizer.encodePlain(`a${token}b`))).toBe(`a${token}b`);
  });

  it.each(["Zürich", "    ", "<"])("are words like others: %j", (token) => {
    const text = `a${token}b`;
    expect(tokenizer.encodePlain(text)).toContain(tokenizer.idOf(token));
    expect(tokenizer.encodePlain(text)).toEqual(tokenizer.encode(text));
  });
});

describe("a shield", () => {
  it("uncovers what it covered, whatever the text holds", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shield = makeShield(SPECIALS, [text]);
        expect(shield.uncover(shield.cover(text))).toBe(text);
        for (const token of SPECIALS) expect(shield.cover(text)).not.toContain(token);
      }),
    );
  });

  it("breaks overlapping and one-character special tokens too", () => {
    const shield = makeShield(["<<", "x"], []);
    const covered = shield.cover("<<<x");
    expect(covered).not.toContain("<<");
    expect(covered).not.toContain("x");
    expect(shield.uncover(covered)).toBe("<<<x");
  });
});
