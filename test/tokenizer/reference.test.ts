import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadTokenizer } from "../../runtime/policy/tokenizer/index.js";

const FOLDER = "test/fixtures/reference/llama";
const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8"));
const tokenizer = loadTokenizer(FOLDER);

describe("the reference tokenizer", () => {
  it.each(expected.tokenize as { text: string; ids: number[] }[])(
    "gives transformers' ids for $text",
    ({ text, ids }) => {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.encodePlain(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    },
  );

  it("renders transformers' chat prompt", () => {
    expect(tokenizer.renderMessages(expected.chat.messages)).toEqual(expected.chat.ids);
    const [system, user] = expected.chat.messages.map((message: { content: string }) => message.content);
    expect(tokenizer.renderChat(system, user)).toEqual(expected.chat.ids);
  });

  it("takes its end token from generation_config.json", () => {
    expect(tokenizer.endTokens).toEqual([1]);
  });
});
