import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ask, Request } from "../../runtime/machine/index.js";
import { type Adapter, BASE_VERSION, newAdapter } from "../../runtime/policy/adapter/adapter.js";
import { readAdapter } from "../../runtime/policy/adapter/peft.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { backendsHere, reportMissing } from "./backends.js";

const folder = fileURLToPath(new URL("../fixtures/reference/llama", import.meta.url));
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8"));

const request = (
  agent: string,
  ask: Ask,
  user = "Is Zürich a city?",
  system = "Answer Yes or No.",
): Request => ({
  id: "main/x#0@",
  point: "main/x#0@",
  site: "main/x#0",
  agent,
  system,
  user,
  ask,
});
const greedy = { kind: "greedy" } as const;
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

reportMissing();

describe.each(backendsHere)("a language model on %s", (backend) => {
  let model: LanguageModel;
  let adapter: Adapter;
  beforeAll(async () => {
    model = await LanguageModel.load({ folder, backend, workers: 0 });
    adapter = readAdapter(`${folder}/adapter`, model.config);
    await model.setAdapter("tuned", adapter);
  });
  afterAll(() => model.close());

  it("generates the reference's tokens after the rendered chat", async () => {
    const [answer] = await model.answer([
      { request: request("any", { kind: "generate", maxTokens: 12 }), decoding: greedy },
    ]);
    expect(answer!.ids).toEqual(expected.greedy[0].new);
    expect(answer!.tokens).toEqual({ prefilled: 22, reused: 0, decoded: 12 });
    expect(answer!.reply).toEqual({
      kind: "text",
      text: model.tokenizer.decode(expected.greedy[0].new).trim(),
    });
  });

  it("shows examples as earlier turns, and shortens the question alone", async () => {
    const ask = { kind: "choose", labels: ["Yes", "No"] } as const;
    const examples = [{ user: "Is Rome a city? <|end|>", answer: "Yes" }];
    const asked = { ...request("any", ask), examples };
    const ids = model.tokenizer.renderMessages([
      { role: "system", content: asked.system },
      { role: "user", content: examples[0]!.user },
      { role: "assistant", content: "Yes" },
      { role: "user", content: asked.user },
    ]);
    expect(model.promptIds(asked)).toEqual(ids);
    expect(model.promptIds(request("any", ask))).not.toEqual(ids);
    const empty = model.tokenizer.renderMessages([
      { role: "system", content: asked.system },
      { role: "user", content: examples[0]!.user },
      { role: "assistant", content: "Yes" },
      { role: "user", content: "" },
    ]);
    const long = model.promptIds({ ...asked, user: "word ".repeat(2000) });
    const shared = empty.findIndex((id, i) => id !== long[i]);
    expect(model.tokenizer.decode(long.slice(0, shared))).toContain("Is Rome a city?");
  });

  it("reproduces the summed log-probabilities of completions, and reuses their prompts", async () => {
    const { preferences, logps } = expected.dpo;
    for (const name of [undefined, "tuned"]) {
      const scores = await model.score(
        preferences.flatMap((p: { prompt: number[]; chosen: number[]; rejected: number[] }) => [
          { prompt: p.prompt, ids: p.chosen },
          { prompt: p.prompt, ids: p.rejected },
        ]),
        name,
      );
      for (const [i, want] of logps.entries()) {
        const [chosen, rejected] =
          name === undefined ? [want.ref_chosen, want.ref_rejected] : [want.chosen, want.rejected];
        expect(sum(scores[2 * i]!) / chosen).toBeCloseTo(1, 4);
        expect(sum(scores[2 * i + 1]!) / rejected).toBeCloseTo(1, 4);
      }
    }
  });

  it("reproduces the preference loss and its gradient in the adapter", async () => {
    const { preferences, logps, beta, loss, grad } = expected.dpo;
    const completions = preferences.flatMap(
      (p: { prompt: number[]; chosen: number[]; rejected: number[] }) => [
        { prompt: p.prompt, ids: p.chosen },
        { prompt: p.prompt, ids: p.rejected },
      ],
    );
    const l = (await model.score(completions, "tuned")).map(sum);
    let value = 0;
    const coefficients = new Float64Array(completions.length);
    for (const [i, { weight }] of preferences.entries()) {
      const margin = l[2 * i]! - l[2 * i + 1]! - (logps[i].ref_chosen - logps[i].ref_rejected);
      value += (weight * Math.log1p(Math.exp(-beta * margin))) / preferences.length;
      const slope = (-weight * beta) / (1 + Math.exp(beta * margin)) / preferences.length;
      coefficients[2 * i] = slope;
      coefficients[2 * i + 1] = -slope;
    }
    expect(value / loss).toBeCloseTo(1, 4);
    const gradient = await model.gradient("tuned", completions, coefficients);
    expect(gradient.size).toBe(8);
    for (const [name, values] of gradient) {
      const wanted: number[] = grad[`base_model.model.${name}`.replace(".weight", ".default.weight")];
      const difference = Math.hypot(...wanted.map((x, i) => x - values[i]!));
      expect(difference / Math.hypot(...wanted), name).toBeLessThan(1e-3);
    }
  });

  it("chooses the label whose tokens, end token included, are most probable together", async () => {
    const labels = ["Yes", "No"];
    const [choice, score] = await model.answer([
      { request: request("any", { kind: "choose", labels }), decoding: greedy },
      { request: request("any", { kind: "score", labels, label: "No", candidate: 3 }), decoding: greedy },
    ]);
    const { ref_chosen: yes, ref_rejected: no } = expected.dpo.logps[0];
    expect(choice!.labelLogProbs![0]).toBeCloseTo(yes, 3);
    expect(choice!.labelLogProbs![1]).toBeCloseTo(no, 3);
    expect(choice!.reply).toEqual({ kind: "label", label: "No" });
    expect(score!.reply.kind === "score" && score!.reply.logOdds).toBeCloseTo(no - yes, 3);
    expect(choice!.tokens.prefilled + choice!.tokens.reused).toBe(22);
  });

  it("answers each agent with its own adapter, in one call", async () => {
    const ask = { kind: "choose", labels: ["Yes", "No"] } as const;
    const queries = ["tuned", "other"].map((agent) => ({ request: request(agent, ask), decoding: greedy }));
    const [tuned, other] = await model.answer(queries);
    const { chosen, ref_chosen } = expected.dpo.logps[0];
    expect(tuned!.labelLogProbs![0]).toBeCloseTo(chosen, 3);
    expect(other!.labelLogProbs![0]).toBeCloseTo(ref_chosen, 3);
    expect(model.version("other")).toBe(BASE_VERSION);
  });

  it("answers with an adapter's new values once they are set, and with none once it is taken away", async () => {
    const query = {
      request: request("agent", { kind: "choose", labels: ["Yes", "No"] }),
      decoding: greedy,
    } as const;
    const base = (await model.answer([query]))[0]!.labelLogProbs;
    const fresh = newAdapter(model.config, { key: "7" });
    await model.setAdapter("agent", fresh);
    const first = model.version("agent");
    expect((await model.answer([query]))[0]!.labelLogProbs).toEqual(base);
    for (const [name, values] of fresh.tensors) if (name.includes("lora_B")) values.fill(0.3);
    expect((await model.answer([query]))[0]!.labelLogProbs).toEqual(base);
    await model.setAdapter("agent", fresh);
    expect(model.version("agent")).not.toBe(first);
    expect((await model.answer([query]))[0]!.labelLogProbs).not.toEqual(base);
    await model.setAdapter("agent", undefined);
    expect((await model.answer([query]))[0]!.labelLogProbs).toEqual(base);
  });

  it("draws the same text for the same key, and other texts for others", async () => {
    const draw = async (key: string) => {
      const decoding = { kind: "sample", temperature: 2, topP: 0.95, key } as const;
      const [answer] = await model.answer([
        { request: request("any", { kind: "generate", maxTokens: 8 }), decoding },
      ]);
      return answer!.ids!;
    };
    expect(await draw("a")).toEqual(await draw("a"));
    expect(await draw("a")).not.toEqual(await draw("b"));
  });

  it("shortens a prompt beyond the context at the start of the user's message, and counts it", async () => {
    const before = model.truncations;
    const end = " and so on. Is Zürich a city?";
    const long = request("any", { kind: "choose", labels: ["Yes", "No"] }, "much text ".repeat(80) + end);
    const ids = model.promptIds(long);
    expect(ids.length).toBe(model.config.contextLength - 2);
    const text = model.tokenizer.decode(ids);
    expect(text).toContain("Answer Yes or No.");
    expect(text).toContain(end);
    expect(model.truncations.prompts).toBe(before.prompts + 1);
    expect(model.truncations.tokens).toBeGreaterThan(before.tokens);
    expect(await model.answer([{ request: long, decoding: greedy }])).toHaveLength(1);
  });

  it("refuses a prompt that cannot be shortened", () => {
    const long = request("any", { kind: "generate", maxTokens: 4 }, "short", "much text ".repeat(100));
    expect(() => model.promptIds(long)).toThrow(/system message and template take \d+ tokens/);
  });

  it("refuses over-long prompts altogether if told so", async () => {
    const strict = await LanguageModel.load({ folder, backend, workers: 0, longPrompts: "error" });
    const long = request("any", { kind: "generate", maxTokens: 4 }, "much text ".repeat(100));
    await expect(strict.answer([{ request: long, decoding: greedy }])).rejects.toThrow(
      /tokens, where 252 fit/,
    );
    const wordy = request("any", { kind: "generate", maxTokens: 250 }, "A prompt of more than six tokens.");
    await expect(strict.answer([{ request: wordy, decoding: greedy }])).rejects.toThrow(/where 6 fit/);
    const endless = request("any", { kind: "generate", maxTokens: 900 });
    await expect(strict.answer([{ request: endless, decoding: greedy }])).rejects.toThrow(
      /may answer with 900 tokens, which alone fill the model's context of 256/,
    );
    await strict.close();
  });

  it("does with each agent's long prompts what it was told", async () => {
    const longPrompts = { agents: { strict: "error" } } as const;
    const mixed = await LanguageModel.load({ folder, backend, workers: 0, longPrompts });
    const long = (agent: string) =>
      request(agent, { kind: "generate", maxTokens: 4 }, "much text ".repeat(100));
    expect(mixed.promptIds(long("any")).length).toBe(252);
    expect(() => mixed.promptIds(long("strict"))).toThrow(
      /have long prompts of strict cut with left-of-user/,
    );
    await mixed.close();
  });

  it("counts the texts that ended where the context did", async () => {
    const wordy = request("any", { kind: "generate", maxTokens: 900 }, "Is it?");
    const before = model.truncations.outputs;
    const [answer] = await model.answer([{ request: wordy, decoding: greedy }]);
    const full = answer!.ids!.length + model.promptIds(wordy).length === 256;
    expect(model.truncations.outputs - before).toBe(full ? 1 : 0);
    expect(full).toBe(true);
  });

  it("refuses ids outside the vocabulary and empty prompts", async () => {
    await expect(model.score([{ prompt: [475], ids: [1] }])).rejects.toThrow(/token id 475 is outside/);
    await expect(model.score([{ prompt: [], ids: [1] }])).rejects.toThrow(/at least one token/);
    await expect(model.generate([{ ids: new Array(256).fill(3), maxTokens: 1 }])).rejects.toThrow(
      /context of 256/,
    );
  });

  it("says so when an adapter has grown beyond float32, and goes on without it", async () => {
    const wild = newAdapter(model.config, { key: "7" });
    for (const values of wild.tensors.values()) values.fill(1e30);
    await model.setAdapter("wild", wild);
    const ask = { kind: "choose", labels: ["Yes", "No"] } as const;
    const queries = ["wild", "any"].map((agent) => ({ request: request(agent, ask), decoding: greedy }));
    await expect(model.answer(queries)).rejects.toMatchObject({ code: "bad-adapter" });
    const [answer] = await model.answer(queries.slice(1));
    expect(answer!.labelLogProbs![0]).toBeCloseTo(expected.dpo.logps[0].ref_chosen, 3);
    await model.setAdapter("wild", undefined);
  });

  it("continues ids as they are, end token included", async () => {
    const prompts = expected.greedy.map(({ ids }: { ids: number[] }) => ({ ids, maxTokens: 12 }));
    const wanted = expected.greedy.map((c: { new: number[] }) => c.new);
    expect(await model.generate(prompts)).toEqual(wanted);
  });
});
