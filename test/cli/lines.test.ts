import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readBatches } from "../../cli/support/jsonl.js";
import { generateRequest, idOf, scoreRequest } from "../../cli/support/prompts.js";
import type { LanguageModel } from "../../runtime/policy/language-model.js";
import { loadTokenizer } from "../../runtime/policy/tokenizer/index.js";
import { llama } from "./support.js";

/** All that the reading of lines asks a model for. */
const model = {
  tokenizer: loadTokenizer(llama),
  config: { contextLength: 256, vocabSize: 475 },
} as unknown as LanguageModel;

/** The request that `flowc score` or `flowc generate` reads from a line. */
async function read(verb: "score" | "generate", text: string | Buffer): Promise<unknown> {
  for await (const [line] of readBatches(Readable.from([Buffer.from(text)]), 1)) {
    if (line === undefined) continue;
    return {
      id: idOf(line),
      ...(verb === "score" ? scoreRequest(line, model) : generateRequest(line, model)),
    };
  }
  return undefined;
}

describe("lines of score and generate", () => {
  it("take ids as they are", async () => {
    const line = '{"id":[7],"prompt_ids":[5,6],"completion_ids":[8]}';
    expect(await read("score", line)).toEqual({ id: [7], prompt: [5, 6], ids: [8] });
  });

  it("may begin with a byte order mark", async () => {
    const line = '\uFEFF{"id":1,"prompt_ids":[5],"completion_ids":[8]}';
    expect(await read("score", line)).toEqual({ id: 1, prompt: [5], ids: [8] });
  });

  it("are refused where they are no UTF-8", async () => {
    const line = Buffer.concat([Buffer.from('\n{"id":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    await expect(read("score", line)).rejects.toThrow(/^standard input:\d: not UTF-8 text/);
  });

  it("may be blank", async () => {
    expect(await read("score", "\n  \n")).toBeUndefined();
  });

  it.each([
    ["that are no object", "generate", "[1]", "expected a JSON object"],
    ["without an id", "score", '{"prompt":"a","completion":"b"}', 'the field "id" is missing'],
    ["without a prompt", "generate", '{"id":1,"max_tokens":2}', 'expected one of "prompt"'],
    [
      "with two prompts",
      "generate",
      '{"id":1,"prompt":"a","prompt_ids":[5],"max_tokens":2}',
      "expected one of",
    ],
    ["with an empty prompt", "score", '{"id":1,"prompt":"","completion":"b"}', "at least one token"],
    ["without a completion", "score", '{"id":1,"prompt":"a"}', 'expected one of "completion"'],
    [
      "with two completions",
      "score",
      '{"id":1,"prompt":"a","completion":"","completion_ids":[]}',
      "expected one",
    ],
    [
      "with ids that are none",
      "score",
      '{"id":1,"prompt_ids":["a"],"completion":"b"}',
      '"prompt_ids" must be',
    ],
    [
      "with an id out of range",
      "score",
      '{"id":1,"prompt":"a","completion_ids":[475]}',
      "token id 475 is outside",
    ],
    ["with a text that is none", "score", '{"id":1,"prompt":1,"completion":"b"}', '"prompt" must be a text'],
    ["without messages", "generate", '{"id":1,"messages":[],"max_tokens":2}', '"messages" must be a list'],
    [
      "with an unknown role",
      "generate",
      '{"id":1,"messages":[{"role":"x","content":"y"}],"max_tokens":2}',
      '"messages[0]"',
    ],
    ["with a message that is none", "generate", '{"id":1,"messages":[null],"max_tokens":2}', '"messages[0]"'],
    ["without a number of tokens", "generate", '{"id":1,"prompt":"a"}', '"max_tokens" must be'],
    ["with too few tokens", "generate", '{"id":1,"prompt":"a","max_tokens":0}', '"max_tokens" must be'],
  ] as const)("%s are refused, naming the line", async (_, verb, line, problem) => {
    await expect(read(verb, `\n${line}`)).rejects.toMatchObject({
      name: "CommandFailure",
      code: 1,
      message: expect.stringContaining(problem),
    });
    await expect(read(verb, `\n${line}`)).rejects.toThrow(/^standard input, line 2: /);
  });
});
