import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Executor, type ExecutorOptions } from "../../runtime/policy/decode/executor.js";
import type { AdapterHandle, Job, JobResult } from "../../runtime/policy/decode/job.js";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { read } from "../../runtime/policy/engine/read.js";
import { type ModelConfig, parseConfig } from "../../runtime/policy/model/config.js";
import { Decoder, type Lora, type Weights } from "../../runtime/policy/model/decoder.js";
import { tokenLogProbs } from "../../runtime/policy/model/operations.js";
import { pack, separateSpans } from "../../runtime/policy/model/packing.js";
import { prepareAdapter, prepareModel } from "../../runtime/policy/model/prepared.js";
import { backendsHere, reportMissing } from "./backends.js";
import { randomLora, randomWeights, readTensors, scaled } from "./support.js";

const folder = new URL("../fixtures/reference/llama/", import.meta.url);
const json = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const BASE: AdapterHandle = { version: "", prepared: undefined };

reportMissing();

describe.each(backendsHere)("the executor on %s, with the reference model", (backend) => {
  const config = parseConfig(json("config.json"));
  const expected = json("expected.json");
  let executor: Executor;
  let adapter: AdapterHandle;

  beforeAll(async () => {
    await startBackend(backend);
    executor = new Executor(config, prepareModel(config, readTensors(folder)));
    const tensors = readTensors(new URL("adapter/", folder), "adapter_model");
    const lora = new Map([...tensors].map(([name, t]) => [name.replace("base_model.model.", ""), t]));
    adapter = {
      version: "adapter",
      prepared: prepareAdapter(config, scaled(8 / Math.sqrt(8), lora)),
    };
  });
  afterAll(() => executor.dispose());

  it("generates the reference's tokens", async () => {
    const results = await executor.run(
      expected.greedy.map(({ ids }: { ids: number[] }) => ({
        kind: "generate",
        adapter: BASE,
        prompt: ids,
        maxTokens: 12,
        endTokens: [1],
        decoding: { kind: "greedy" },
      })),
    );
    expect(results.map((r) => r.kind === "generate" && r.ids)).toEqual(
      expected.greedy.map((c: { new: number[] }) => c.new),
    );
  });

  it("scores completions with and without the adapter, in one call, as the reference does", async () => {
    const { preferences, logps } = expected.dpo;
    const jobs = preferences.flatMap((p: { prompt: number[]; chosen: number[]; rejected: number[] }) =>
      [BASE, adapter].map((handle) => ({
        kind: "score",
        adapter: handle,
        prompt: p.prompt,
        completions: [p.chosen, p.rejected],
      })),
    ) as Job[];
    const results = (await executor.run(jobs)).map((r) => (r.kind === "score" ? r.logProbs : []));
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    for (const [i, want] of logps.entries()) {
      const [base, adapted] = [results[2 * i]!, results[2 * i + 1]!];
      const close = (actual: number, wanted: number) =>
        expect(Math.abs(actual - wanted)).toBeLessThan(1e-4 * Math.abs(wanted));
      close(sum(base[0]!), want.ref_chosen);
      close(sum(base[1]!), want.ref_rejected);
      close(sum(adapted[0]!), want.chosen);
      close(sum(adapted[1]!), want.rejected);
      for (const [j, token] of adapted[0]!.entries()) close(token, want.chosen_tokens[j]);
    }
  });
});

/** Log-probabilities of a completion's tokens by the differentiable decoder, which knows no cache. */
async function scoreDirectly(
  config: ModelConfig,
  weights: Weights,
  lora: Lora | undefined,
  prompt: readonly number[],
  ids: readonly number[],
): Promise<number[]> {
  if (ids.length === 0) return [];
  const decoder = new Decoder(config);
  const logProbs = tf.tidy(() => {
    const text = [...prompt, ...ids.slice(0, -1)];
    const packing = pack(separateSpans([text.length]), Int32Array.from(text));
    const wanted = Int32Array.from(ids, (_, i) => prompt.length - 1 + i);
    const hidden = decoder.rows(weights, packing, lora, wanted);
    return tokenLogProbs(decoder.logits(weights, hidden), tf.tensor1d([...ids], "int32"));
  });
  const [values] = await read([logProbs]);
  logProbs.dispose();
  decoder.dispose();
  return [...values!];
}

/** Where that is promised, or is so with models as small as these; as many jobs and batches as the backend has time for. */
const EFFORT = {
  wasm: { runs: 8, jobs: 32, sizes: [1, 2, 7, 32] },
  cpu: { runs: 2, jobs: 32, sizes: [1, 2, 7, 32] },
  webgpu: { runs: 1, jobs: 8, sizes: [1, 7] },
} as const;
const alike = (["wasm", "cpu", "webgpu"] as const).filter((name) => backendsHere.includes(name));

describe.each(alike)("a result on %s is a function of the request alone", (backend) => {
  const effort = EFFORT[backend];
  beforeAll(async () => {
    await startBackend(backend);
  });

  const shapes = fc.record({
    heads: fc.constantFrom([4, 2], [2, 2], [3, 1]),
    headDim: fc.constantFrom(4, 6, 16),
    hidden: fc.constantFrom(16, 20, 36),
    ffn: fc.constantFrom(24, 42),
    layers: fc.integer({ min: 1, max: 2 }),
    tied: fc.boolean(),
    biased: fc.boolean(),
    seed: fc.integer(),
  });
  // Few token ids, so that prompts share prefixes.
  const prompt = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 24 });
  const job = fc.record({
    prompt,
    adapter: fc.integer({ min: 0, max: 2 }),
    kind: fc.constantFrom("greedy", "sample", "beam", "score"),
    shape: fc.constantFrom({ groups: 3, beams: 1 }, { groups: 1, beams: 3 }, { groups: 2, beams: 2 }),
    completions: fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 4 }), { maxLength: 3 }),
  });

  it(`alone, in batches of ${effort.sizes.slice(1).join(", ")}, with the prefix cache on and off, and what the plain decoder says`, async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.array(job, { minLength: effort.jobs, maxLength: effort.jobs }),
        async (shape, wanted) => {
          const config = parseConfig({
            model_type: "llama",
            vocab_size: 31,
            hidden_size: shape.hidden,
            intermediate_size: shape.ffn,
            num_hidden_layers: shape.layers,
            num_attention_heads: shape.heads[0],
            num_key_value_heads: shape.heads[1],
            head_dim: shape.headDim,
            max_position_embeddings: 32,
            tie_word_embeddings: shape.tied,
            attention_bias: shape.biased,
            mlp_bias: shape.biased,
          });
          const weights = randomWeights(config, shape.seed);
          const loras = [1, 2].map((i) => randomLora(config, shape.seed + i));
          const adapters = loras.map((lora) => prepareAdapter(config, lora));
          const handles: AdapterHandle[] = [
            BASE,
            ...adapters.map((prepared, i) => ({ version: `${i}`, prepared })),
          ];
          const jobs = wanted.map((w, i): Job => {
            const common = { adapter: handles[w.adapter]!, prompt: w.prompt };
            if (w.kind === "score") return { ...common, kind: "score", completions: w.completions };
            const decoding =
              w.kind === "greedy"
                ? { kind: "greedy" as const }
                : w.kind === "beam"
                  ? { kind: "beam" as const, ...w.shape, diversity: 0.7, index: 0 }
                  : { kind: "sample" as const, temperature: 1.5, topK: 9, topP: 0.9, key: `${i}` };
            return { ...common, kind: "generate", maxTokens: 6, endTokens: [5], decoding };
          });
          const run = async (size: number, options: ExecutorOptions): Promise<unknown> => {
            const executor = new Executor(config, prepareModel(config, weights), options);
            const results: JobResult[] = [];
            for (let i = 0; i < jobs.length; i += size)
              results.push(...(await executor.run(jobs.slice(i, i + size))));
            executor.dispose();
            return results.map(({ tokens, ...result }) => result);
          };
          const alone = await run(1, { cache: false });
          for (const size of effort.sizes) {
            expect(await run(size, { cache: true })).toEqual(alone);
            expect(await run(size, { cache: false, passRows: 5 })).toEqual(alone);
          }
          expect(await run(32, { cache: true, slots: 64 })).toEqual(alone);
          for (const [i, job] of jobs.entries()) {
            if (job.kind !== "score") continue;
            const lora = job.adapter === BASE ? undefined : loras[wanted[i]!.adapter - 1];
            const { logProbs } = (alone as { logProbs: number[][] }[])[i]!;
            for (const [c, ids] of job.completions.entries()) {
              const direct = await scoreDirectly(config, weights, lora, job.prompt, ids);
              for (const [t, value] of direct.entries()) expect(logProbs[c]![t]).toBeCloseTo(value, 3);
            }
          }
          tf.disposeVariables();
        },
      ),
      { numRuns: effort.runs },
    );
  });
});

describe("kept prompts", () => {
  const config = parseConfig({
    model_type: "llama",
    vocab_size: 31,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 512,
    tie_word_embeddings: true,
  });
  /** A prompt of 20 tokens that shares no beginning with another number's. */
  const prompt = (n: number) => Array.from({ length: 20 }, (_, i) => (i === 0 ? n : (n + i) % 31));
  let executor: Executor;
  /** How many tokens of each prompt were known already; prompts of one call run together. */
  const reused = async (...prompts: readonly (readonly number[])[]): Promise<number[]> => {
    const jobs = prompts.map(
      (ids): Job => ({ kind: "score", adapter: BASE, prompt: ids, completions: [[1]] }),
    );
    return (await executor.run(jobs)).map(({ tokens }) => tokens.reused);
  };

  beforeAll(async () => {
    await startBackend("cpu");
    // Room for three of these prompts and four tokens.
    executor = new Executor(config, prepareModel(config, randomWeights(config, 1)), { slots: 64 });
  });
  afterAll(() => executor.dispose());

  it("are known again but for the last token, whose logits are wanted, and share their beginnings", async () => {
    expect(await reused(prompt(1))).toEqual([0]);
    expect(await reused(prompt(1))).toEqual([19]);
    expect(await reused([...prompt(1).slice(0, 7), 30, 30], prompt(1))).toEqual([7, 19]);
    executor.drop("");
    expect(await reused(prompt(1))).toEqual([0]);
  });

  it("go when there is no room, those first that were used longest ago, from their ends", async () => {
    executor.drop("");
    for (const n of [1, 2, 1, 3]) await reused(prompt(n));
    // Sixteen tokens must go: those of 2, which was used before 1 and 3 were.
    expect(await reused(prompt(4))).toEqual([0]);
    expect(await reused(prompt(1))).toEqual([19]);
    expect(await reused(prompt(3))).toEqual([19]);
    expect(await reused(prompt(2))).toEqual([4]);
  });

  it("give way to one that needs more than there is room for, which goes with the next", async () => {
    executor.drop("");
    await reused(prompt(1));
    const long = Array.from({ length: 400 }, (_, i) => (i * i) % 31);
    expect(await reused(long)).toEqual([0]);
    expect(await reused(prompt(1))).toEqual([0]);
    expect(await reused(prompt(1))).toEqual([19]);
    expect((await reused(long))[0]).toBeLessThan(64);
  });

  it("stay while the call runs that uses them, and a call of more than there is room for runs in parts", async () => {
    executor.drop("");
    const many = [1, 2, 3, 4, 5, 1].map(prompt);
    expect((await reused(...many)).slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(await reused(prompt(1))).toEqual([19]);
  });
});
