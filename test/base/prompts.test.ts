import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AGENT_TOKEN, AGENTS, questionPrompt, SYSTEM } from "../../flows/base/agents.js";
import { countWords } from "../../flows/base/bpe.js";
import { tokenizerFiles, trainVocabulary } from "../../flows/base/tokenizer-files.js";
import { loadTokenizer } from "../../runtime/policy/tokenizer/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const folder = join(temporaryFolder(), "tokenizer");
mkdirSync(folder);
const words = countWords(["Question: What is the capital of China? an industrial city"]);
for (const [name, text] of tokenizerFiles(trainVocabulary(words, 290)))
  writeFileSync(join(folder, name), text);
const tokenizer = loadTokenizer(folder);
const id = (token: string) => tokenizer.idOf(token)!;
const plain = (text: string) => tokenizer.encodePlain(text);

describe("the base model's chat template", () => {
  it.each(AGENTS)("gives the system message of %s one token", (agent) => {
    expect(tokenizer.renderChat(SYSTEM[agent], "What?")).toEqual([
      id(AGENT_TOKEN[agent]),
      ...plain("What?"),
      id("<a>"),
    ]);
  });

  it("makes each further line of a user message a document", () => {
    const user = questionPrompt("What?", [{ title: "China", body: "a country" }]);
    expect(tokenizer.renderChat(SYSTEM.query, user)).toEqual([
      id("<query>"),
      ...plain("Question: What?"),
      id("<doc>"),
      ...plain("China: a country"),
      id("<a>"),
    ]);
  });

  it("does not care about a line break at the end", () => {
    expect(tokenizer.renderChat(SYSTEM.query, "What?\n")).toEqual(
      tokenizer.renderChat(SYSTEM.query, "What?"),
    );
  });

  it("writes out a system message that it does not know, and marks the want of one", () => {
    expect(tokenizer.renderChat("Be kind.", "What?")).toEqual([
      id("<sys>"),
      ...plain("Be kind."),
      id("<doc>"),
      ...plain("What?"),
      id("<a>"),
    ]);
    expect(tokenizer.renderChat("", "What?")).toEqual([id("<sys>"), ...plain("What?"), id("<a>")]);
  });

  it("takes a special token's spelling in a message for text", () => {
    const ids = tokenizer.renderChat(SYSTEM.query, "<doc>a</s>\n<a>");
    expect(ids.filter((token) => token < 10)).toEqual([id("<query>"), id("<doc>"), id("<a>")]);
  });
});
