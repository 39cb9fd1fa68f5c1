import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jsonLines, llama, run, succeeded } from "./support.js";

/** What PyTorch, transformers and PEFT computed from the same files. */
const expected = JSON.parse(readFileSync(join(llama, "expected.json"), "utf8")) as {
  readonly chat: {
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly rendered: string;
    readonly ids: readonly number[];
  };
  readonly greedy: readonly { readonly ids: readonly number[]; readonly new: readonly number[] }[];
  readonly logits_last: readonly { readonly ids: readonly number[]; readonly logits: readonly number[] }[];
  readonly dpo: {
    readonly preferences: readonly {
      readonly prompt: readonly number[];
      readonly chosen: readonly number[];
      readonly rejected: readonly number[];
    }[];
    /** Summed over a completion's tokens: with the adapter, and (ref) without. */
    readonly logps: readonly {
      readonly chosen: number;
      readonly rejected: number;
      readonly ref_chosen: number;
      readonly ref_rejected: number;
      readonly chosen_tokens: readonly number[];
    }[];
  };
};

interface Scored {
  readonly id: string;
  readonly logprob: number;
  readonly token_logprobs: readonly number[];
}

interface Generated {
  readonly id: number;
  readonly ids: readonly number[];
  readonly text: string;
}

/** Both engines sum in float32, in different orders. */
const DIGITS = 3;

const model = ["--model", llama, "--workers", "0"];
const adapter = ["--adapter", join(llama, "adapter")];

const pairs = lines(
  expected.dpo.preferences.flatMap(({ prompt, chosen, rejected }, i) => [
    { id: `${i}+`, prompt_ids: prompt, completion_ids: chosen },
    { id: `${i}-`, prompt_ids: prompt, completion_ids: rejected },
  ]),
);

function lines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

describe("flowc score", () => {
  it("gives the base model's log-probabilities that PyTorch gives", async () => {
    const { stdout } = succeeded(await run(["score", ...model], { stdin: pairs }));
    const rows = jsonLines<Scored>(stdout);
    expect(rows.map(({ id }) => id)).toEqual(["0+", "0-", "1+", "1-", "2+", "2-"]);
    for (const [i, { ref_chosen, ref_rejected }] of expected.dpo.logps.entries()) {
      expect(rows[2 * i]?.logprob).toBeCloseTo(ref_chosen, DIGITS);
      expect(rows[2 * i + 1]?.logprob).toBeCloseTo(ref_rejected, DIGITS);
    }
  });

  it("gives an adapter's log-probabilities that PEFT gives, token by token", async () => {
    const { stdout } = succeeded(await run(["score", ...model, ...adapter], { stdin: pairs }));
    const rows = jsonLines<Scored>(stdout);
    for (const [i, { chosen, rejected, chosen_tokens }] of expected.dpo.logps.entries()) {
      expect(rows[2 * i]?.logprob).toBeCloseTo(chosen, DIGITS);
      expect(rows[2 * i + 1]?.logprob).toBeCloseTo(rejected, DIGITS);
      expect(rows[2 * i]?.token_logprobs).toHaveLength(chosen_tokens.length);
      for (const [t, value] of chosen_tokens.entries())
        expect(rows[2 * i]?.token_logprobs[t]).toBeCloseTo(value, DIGITS);
    }
  });

  it("normalises over the whole vocabulary, as the reference's logits do", async () => {
    const [{ ids, logits }] = expected.logits_last as [(typeof expected.logits_last)[0]];
    const normaliser = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    const stdin = lines(logits.map((_, id) => ({ id, prompt_ids: ids, completion_ids: [id] })));
    const { stdout } = succeeded(await run(["score", ...model], { stdin }));
    const rows = jsonLines<Scored>(stdout);
    expect(rows).toHaveLength(logits.length);
    for (const [id, logit] of logits.entries())
      expect(rows[id]?.logprob).toBeCloseTo(logit - normaliser, DIGITS);
  });

  it("tokenises prompt and completion apart and adds nothing", async () => {
    const { rendered, ids } = expected.chat;
    const stdin = lines([
      { id: "text", prompt: rendered, completion: "Yes<|end|>" },
      { id: "ids", prompt_ids: ids, completion_ids: expected.dpo.preferences[0]?.chosen },
    ]);
    const { stdout } = succeeded(await run(["score", ...model], { stdin }));
    const [text, byIds] = jsonLines<Scored>(stdout);
    expect(text?.token_logprobs).toEqual(byIds?.token_logprobs);
  });
});

describe("flowc generate", () => {
  it("continues greedily as transformers does", async () => {
    const stdin = lines(
      expected.greedy.map((each, id) => ({ id, prompt_ids: each.ids, max_tokens: each.new.length })),
    );
    const { stdout } = succeeded(await run(["generate", ...model], { stdin }));
    expect(jsonLines<Generated>(stdout).map(({ ids }) => ids)).toEqual(
      expected.greedy.map((each) => each.new),
    );
  });

  it("reads messages as the chat template renders them", async () => {
    const { messages, rendered, ids } = expected.chat;
    const stdin = lines([
      { id: 0, messages, max_tokens: 12 },
      { id: 1, prompt: rendered, max_tokens: 12 },
      { id: 2, prompt_ids: ids, max_tokens: 12 },
    ]);
    const { stdout } = succeeded(await run(["generate", ...model], { stdin }));
    const [byMessages, byText, byIds] = jsonLines<Generated>(stdout);
    expect(byMessages).toEqual({ ...byIds, id: 0 });
    expect(byText).toEqual({ ...byIds, id: 1 });
  });

  it("answers alone and in company alike, with an adapter too", async () => {
    const [first, second] = expected.greedy.map(({ ids }, id) => ({ id, prompt_ids: ids, max_tokens: 8 }));
    const both = succeeded(
      await run(["generate", ...model, ...adapter], { stdin: lines([first!, second!]) }),
    );
    const alone = succeeded(await run(["generate", ...model, ...adapter], { stdin: lines([second!]) }));
    expect(jsonLines(both.stdout)[1]).toEqual(jsonLines(alone.stdout)[0]);
  });
});

describe("flowc generate's account of a continuation", () => {
  it("has the log-probability of every token, as flowc score has it", async () => {
    const [{ ids }] = expected.greedy as [(typeof expected.greedy)[0]];
    const stdin = lines([{ id: 0, prompt_ids: ids, max_tokens: 6 }]);
    const [generated] = jsonLines<Generated & { token_logprobs: number[] }>(
      succeeded(await run(["generate", ...model], { stdin })).stdout,
    );
    const scoring = lines([{ id: 0, prompt_ids: ids, completion_ids: generated!.ids }]);
    const [scored] = jsonLines<Scored>(succeeded(await run(["score", ...model], { stdin: scoring })).stdout);
    expect(generated!.token_logprobs).toHaveLength(generated!.ids.length);
    for (const [i, value] of scored!.token_logprobs.entries())
      expect(generated!.token_logprobs[i]).toBeCloseTo(value, 4);
  });

  it("says why it ended", async () => {
    const stdin = lines([
      { id: "length", prompt_ids: [20, 30], max_tokens: 3 },
      { id: "context", prompt_ids: new Array(250).fill(30), max_tokens: 100 },
    ]);
    const { stdout } = succeeded(await run(["generate", ...model], { stdin }));
    const ended = jsonLines<{ id: string; ids: number[]; finish: string }>(stdout);
    for (const { id, ids, finish } of ended) expect(finish).toBe(ids.at(-1) === 1 ? "end" : id);
    expect(ended.map(({ finish }) => finish)).toContain("context");
  });

  it("draws tokens by the seed of the line", async () => {
    const line = (id: number, more: object) => ({ id, prompt_ids: [20, 30], max_tokens: 8, ...more });
    const stdin = lines([
      line(0, { temperature: 2, seed: 1 }),
      line(1, { temperature: 2, seed: 1 }),
      line(2, { temperature: 2, seed: 2 }),
      line(3, {}),
      line(4, { temperature: 2, seed: 1, top_k: 1 }),
      line(5, { temperature: 0.01, top_p: 0.1 }),
    ]);
    const { stdout } = succeeded(await run(["generate", ...model], { stdin }));
    const ids = jsonLines<Generated>(stdout).map((each) => each.ids.join());
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
    expect(ids[4]).toBe(ids[3]);
    expect(ids[5]).toBe(ids[3]);
  });
});

describe("a line that cannot be answered", () => {
  const good = { id: 1, prompt: "Is", completion: "it", max_tokens: 2 };
  const long = JSON.stringify({ id: 2, prompt_ids: new Array(5000).fill(5), max_tokens: 2 });
  it.each([
    ["is no JSON", "score", "{", /standard input, line 2: not JSON/],
    [
      "has an id beyond the vocabulary",
      "score",
      '{"id":2,"prompt_ids":[475],"completion":"b"}',
      /line 2: .*475/,
    ],
    [
      "has a share that is none",
      "generate",
      '{"id":2,"prompt":"a","max_tokens":2,"temperature":1,"top_p":0}',
      /line 2: "top_p" must be a number above 0/,
    ],
    [
      "has a seed for nothing",
      "generate",
      '{"id":2,"prompt":"a","max_tokens":2,"seed":0}',
      /line 2: "seed" has no meaning without "temperature"/,
    ],
    ["is longer than the context", "generate", long, /line 2: .*context of 256/],
  ])("ends the command where it %s", async (_, verb, line, message) => {
    const stdin = `${JSON.stringify(good)}\n${line}\n`;
    const { code, stdout, stderr } = await run([verb, ...model], { stdin });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });
});
