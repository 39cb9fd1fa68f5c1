import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conform, type Json, type Request } from "../../../runtime/machine/index.js";
import { LanguageModel } from "../../../runtime/policy/language-model.js";
import type { Decoding } from "../../../runtime/search/ports/policy.js";

const folder = fileURLToPath(new URL("../../../flows/base/weak", import.meta.url));

const schema: Json = {
  $ref: "#/$defs/Plan",
  $defs: {
    Plan: {
      type: "object",
      properties: {
        title: { type: "string" },
        steps: { type: "array", items: { $ref: "#/$defs/Step" } },
        risk: { anyOf: [{ type: "number" }, { type: "null" }] },
        done: { type: "boolean" },
      },
      required: ["title", "steps", "risk", "done"],
      additionalProperties: false,
    },
    Step: {
      type: "object",
      properties: { minutes: { type: "integer" }, level: { type: "string", enum: ["easy", "hard"] } },
      required: ["minutes", "level"],
      additionalProperties: false,
    },
  },
};

const request = (maxTokens: number, user: string): Request => ({
  id: `main/plan#0@${user}`,
  point: `main/plan#0@${user}`,
  site: "main/plan#0",
  agent: "plan",
  system: "",
  user,
  ask: { kind: "record", schema, maxTokens },
});
const greedy: Decoding = { kind: "greedy" };
const sampled = (key: string): Decoding => ({ kind: "sample", temperature: 1.5, topP: 0.95, key });
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe("a language model that is asked for records", () => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await LanguageModel.load({ folder, backend: "wasm", workers: 0 });
  });
  afterAll(() => model.close());

  /** The fewest tokens that are not refused. */
  async function fewest(): Promise<number> {
    for (let tokens = 1; ; tokens++) {
      const answered = await model.answer([{ request: request(tokens, "Who?"), decoding: greedy }]).then(
        () => true,
        () => false,
      );
      if (answered) return tokens;
    }
  }

  it("gives one that fits at any limit, greedy and sampled, and the same alone and among others", async () => {
    const least = await fewest();
    const queries = Array.from({ length: 40 }, (_, i) => ({
      request: request(least + 2 * (i % 20), `Who? ${i}`),
      decoding: i % 2 === 0 ? greedy : sampled(`key ${i}`),
    }));
    const answers = await model.answer(queries);
    for (const [i, { reply, ids, logProb }] of answers.entries()) {
      if (reply.kind !== "record") throw new Error(`a ${reply.kind} was answered`);
      expect(conform(schema, reply.value)).toEqual({ value: reply.value });
      expect(ids!.length).toBeLessThanOrEqual(least + 2 * (i % 20));
      expect(model.tokenizer.endTokens).toContain(ids!.at(-1));
      // What a learner computes anew of these tokens is what was said here.
      const prompt = model.promptIds(queries[i]!.request);
      const [again] = await model.score([{ prompt, ids: ids! }]);
      expect(sum(again!)).toBeCloseTo(logProb, 4);
    }
    for (const i of [0, 1, 7, 38, 39]) {
      const [alone] = await model.answer([queries[i]!]);
      expect(alone!.reply).toEqual(answers[i]!.reply);
      expect(alone!.ids).toEqual(answers[i]!.ids);
      expect(alone!.logProb).toBe(answers[i]!.logProb);
    }
  });

  it("says how many tokens are too few", async () => {
    await expect(model.answer([{ request: request(5, "Who?"), decoding: greedy }])).rejects.toThrow(
      /may answer with 5 tokens, where its record takes \d+ at least/,
    );
  });

  it("keeps free what the record takes where the prompt fills the context", async () => {
    const long = "word ".repeat(400);
    const [answer] = await model.answer([{ request: request(200, long), decoding: greedy }]);
    const { reply } = answer!;
    if (reply.kind !== "record") throw new Error(`a ${reply.kind} was answered`);
    expect(conform(schema, reply.value)).toEqual({ value: reply.value });
  });
});
