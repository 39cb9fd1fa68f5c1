import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Request } from "../../runtime/machine/index.js";
import { loadCheckpoint } from "../../runtime/policy/checkpoint.js";
import { Executor } from "../../runtime/policy/decode/executor.js";
import type { AdapterHandle, GenerateJob } from "../../runtime/policy/decode/job.js";
import { logSumExp } from "../../runtime/policy/decode/sampling.js";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { type ModelConfig, parseConfig } from "../../runtime/policy/model/config.js";
import type { Weights } from "../../runtime/policy/model/decoder.js";
import { prepareModel } from "../../runtime/policy/model/prepared.js";
import type { BeamDecoding } from "../../runtime/search/index.js";
import { lastLogits, randomWeights } from "./support.js";

const BASE: AdapterHandle = { version: "", prepared: undefined };
const END = 5;

interface Hypothesis {
  readonly ids: readonly number[];
  readonly score: number;
}

/**
 * Group beam search as transformers does it, over whole rows of log-probabilities and without a cache: scores of all
 * continuations, the best 2 · beams of them in turn, ended ones aside, until none can become better than those ended.
 */
function plainSearch(
  next: (ids: readonly number[]) => readonly number[],
  { groups, beams, diversity }: BeamDecoding,
  limit: number,
): Hypothesis[][] {
  const live: Hypothesis[][] = Array.from({ length: groups }, () => [{ ids: [], score: 0 }]);
  const ended: Hypothesis[][] = Array.from({ length: groups }, () => []);
  const keep = (group: number, hypothesis: Hypothesis) => {
    ended[group]!.push(hypothesis);
    ended[group]!.sort((a, b) => b.score - a.score);
    ended[group]!.length = Math.min(ended[group]!.length, beams);
  };
  for (let step = 1; step <= limit; step++) {
    const current: number[] = [];
    for (let group = 0; group < groups; group++) {
      if (live[group]!.length === 0) continue;
      const scored = live[group]!.flatMap(({ ids, score }) =>
        next(ids).map((logProb, id) => ({
          ids: [...ids, id],
          score: score + logProb - diversity * current.filter((taken) => taken === id).length,
        })),
      );
      const best = scored.sort((a, b) => b.score - a.score).slice(0, 2 * beams);
      const going: Hypothesis[] = [];
      best.forEach((hypothesis, rank) => {
        if (going.length === beams) return;
        if (hypothesis.ids.at(-1) !== END) going.push(hypothesis);
        else if (rank < beams) keep(group, hypothesis);
      });
      const done = ended[group]!.length === beams && ended[group]!.at(-1)!.score >= best[0]!.score;
      live[group] = done ? [] : going;
      if (!done) current.push(...going.map(({ ids }) => ids.at(-1)!));
    }
  }
  for (let group = 0; group < groups; group++) for (const left of live[group]!) keep(group, left);
  return ended;
}

describe("beam search", () => {
  let config: ModelConfig;
  let weights: Weights;
  let executor: Executor;
  const known = new Map<string, readonly number[]>();

  beforeAll(async () => {
    await startBackend("wasm");
    config = parseConfig({
      model_type: "llama",
      vocab_size: 23,
      hidden_size: 16,
      intermediate_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      max_position_embeddings: 32,
    });
    weights = randomWeights(config, 3);
    executor = new Executor(config, prepareModel(config, weights));
  });
  afterAll(() => executor.dispose());

  const logProbsAfter = (ids: readonly number[]): readonly number[] => {
    const key = ids.join();
    let found = known.get(key);
    if (found === undefined) {
      const logits = lastLogits(config, weights, ids);
      const normaliser = logSumExp(logits);
      found = Array.from(logits, (logit) => logit - normaliser);
      known.set(key, found);
    }
    return found;
  };
  const job = (prompt: readonly number[], decoding: BeamDecoding, maxTokens: number): GenerateJob => ({
    kind: "generate",
    adapter: BASE,
    prompt,
    maxTokens,
    endTokens: [END],
    decoding,
  });

  it("finds what a plain search over whole texts finds", async () => {
    const shapes = fc.constantFrom([1, 1], [1, 3], [3, 1], [2, 2], [4, 1], [1, 5]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 22 }), { minLength: 1, maxLength: 6 }),
        shapes,
        fc.constantFrom(0, 0.3, 2),
        fc.integer({ min: 1, max: 6 }),
        async (prompt, [groups, beams], diversity, limit) => {
          const decoding = { kind: "beam", groups: groups!, beams: beams!, diversity, index: 0 } as const;
          const [result] = await executor.run([job(prompt, decoding, limit)]);
          if (result?.kind !== "generate") throw new Error("no output");
          const expected = plainSearch((ids) => logProbsAfter([...prompt, ...ids]), decoding, limit);
          const ranks = Array.from({ length: beams! }, (_, rank) =>
            expected.map((group) => group[rank]),
          ).flat();
          expect(result.found!.map(({ ids }) => ids)).toEqual(
            ranks.filter((each) => each !== undefined).map(({ ids }) => ids),
          );
          for (const { ids, logProbs } of result.found!) {
            for (const [i, id] of ids.entries())
              expect(logProbs[i]).toBeCloseTo(logProbsAfter([...prompt, ...ids.slice(0, i)])[id]!, 3);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("begins with the greedy output, where each group has one beam", async () => {
    const prompt = [1, 2, 3];
    const decoding = { kind: "beam", groups: 3, beams: 1, diversity: 2, index: 0 } as const;
    const greedy = { ...job(prompt, decoding, 8), decoding: { kind: "greedy" } as const };
    const [alone, search] = (await executor.run([greedy, job(prompt, decoding, 8)])).map((result) => {
      if (result.kind !== "generate") throw new Error("no output");
      return { ids: result.ids, found: result.found ?? [] };
    });
    expect(search!.found[0]!.ids).toEqual(alone!.ids);
    expect(new Set(search!.found.map(({ ids }) => ids.join())).size).toBe(3);
  });
});

describe("a model asked for outputs of a beam search", () => {
  const folder = fileURLToPath(new URL("../fixtures/reference/llama", import.meta.url));
  let model: LanguageModel;
  beforeAll(async () => {
    model = await LanguageModel.load({ folder, backend: "wasm", workers: 0 });
  });
  afterAll(() => model.close());

  const request = (user: string, ask: Request["ask"]): Request =>
    ({
      id: "f/a#0",
      site: "f/a#0",
      path: [],
      agent: "a",
      system: "",
      user,
      ask,
    }) as unknown as Request;
  const nth = (index: number, diversity = 3): BeamDecoding => ({
    kind: "beam",
    groups: 3,
    beams: 1,
    diversity,
    index,
  });

  it("answers one by one as all together, and pays once", async () => {
    const asked = request("Is Zürich a city?", { kind: "generate", maxTokens: 6 });
    const all = await model.answer([0, 1, 2, 7].map((index) => ({ request: asked, decoding: nth(index) })));
    const [greedy] = await model.answer([{ request: asked, decoding: { kind: "greedy" } }]);
    expect(all[0]).toMatchObject({ ids: greedy!.ids, logProb: greedy!.logProb });
    expect(new Set(all.slice(0, 3).map(({ ids }) => ids!.join())).size).toBe(3);
    expect(all[3]).toMatchObject({ ids: all[2]!.ids });
    expect(all.map(({ tokens }) => tokens.decoded > 0)).toEqual([true, false, false, false]);
    for (const index of [2, 1, 0]) {
      const [alone] = await model.answer([{ request: asked, decoding: nth(index) }]);
      const { tokens, ...answer } = all[index]!;
      expect(alone).toMatchObject(answer);
      expect(tokens.prefilled + tokens.reused >= 0).toBe(true);
    }
  });

  it("gives log-probabilities of every token that is returned", async () => {
    const asked = request("Is Zürich a city?", { kind: "generate", maxTokens: 6 });
    const decodings = [
      nth(1),
      { kind: "greedy" },
      { kind: "sample", temperature: 1, topK: 5, topP: 0.9, key: "k" },
    ] as const;
    for (const answer of await model.answer(decodings.map((decoding) => ({ request: asked, decoding })))) {
      const [scored] = await model.score([{ prompt: model.promptIds(asked), ids: answer.ids! }]);
      expect(answer.tokenLogProbs).toHaveLength(answer.ids!.length);
      for (const [i, value] of scored!.entries()) expect(answer.tokenLogProbs![i]).toBeCloseTo(value, 4);
      expect(answer.logProb).toBeCloseTo(
        scored!.reduce((a, b) => a + b, 0),
        4,
      );
    }
  });

  it("gives records that fit, each of them another", async () => {
    const schema = {
      type: "object",
      properties: { ok: { type: "boolean" }, n: { type: "integer" } },
      required: ["ok", "n"],
      additionalProperties: false,
    };
    const asked = request("Answer.", { kind: "record", schema, maxTokens: 24 } as unknown as Request["ask"]);
    const answers = await model.answer([0, 1, 2].map((index) => ({ request: asked, decoding: nth(index) })));
    const values = answers.map(({ reply }) => (reply.kind === "record" ? reply.value : undefined));
    for (const value of values)
      expect(value).toMatchObject({ ok: expect.any(Boolean), n: expect.any(Number) });
    expect(new Set(values.map((value) => JSON.stringify(value))).size).toBeGreaterThan(1);
  });

  it("ranks labels", async () => {
    const asked = request("Is it?", { kind: "choose", labels: ["Yes", "No", "of"] });
    const answers = await model.answer([0, 1, 2].map((index) => ({ request: asked, decoding: nth(index) })));
    const logProbs = answers.map(({ logProb }) => logProb);
    expect(logProbs).toEqual([...logProbs].sort((a, b) => b - a));
    expect(new Set(answers.map(({ reply }) => JSON.stringify(reply))).size).toBe(3);
  });
});

describe("beam search across a change of the position embedding", () => {
  it("is the same with a cache and without", async () => {
    const folder = fileURLToPath(new URL("../fixtures/reference/phi3-longrope", import.meta.url));
    await startBackend("wasm");
    const { config, tensors } = loadCheckpoint(folder);
    const { weightsOf } = await import("./support.js");
    const weights = weightsOf({ config, tensors });
    const executor = new Executor(config, prepareModel(config, weights));
    const prompt = Array.from({ length: 30 }, (_, i) => 7 + ((i * 37) % 400));
    const decoding: BeamDecoding = { kind: "beam", groups: 2, beams: 2, diversity: 1, index: 0 };
    const [result] = await executor.run([
      { kind: "generate", adapter: BASE, prompt, maxTokens: 6, endTokens: [END], decoding },
    ]);
    if (result?.kind !== "generate") throw new Error("no output");
    const expected = plainSearch(
      (ids) => {
        const logits = lastLogits(config, weights, [...prompt, ...ids]);
        const normaliser = logSumExp(logits);
        return Array.from(logits, (logit) => logit - normaliser);
      },
      decoding,
      6,
    );
    expect(result.found!.map(({ ids }) => ids)).toEqual(
      [0, 1].flatMap((rank) => expected.map((group) => group[rank]!.ids)),
    );
    executor.dispose();
  });
});
