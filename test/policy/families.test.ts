import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAdapter } from "../../runtime/policy/adapter/peft.js";
import { loadCheckpoint } from "../../runtime/policy/checkpoint.js";
import { read } from "../../runtime/policy/engine/read.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { parseConfig } from "../../runtime/policy/model/config.js";
import type { Lora } from "../../runtime/policy/model/decoder.js";
import { ropeFrequencies } from "../../runtime/policy/model/rope.js";
import { ropeRegime } from "../../runtime/policy/model/rope-config.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { backendsHere, isInSoftware, reportMissing } from "./backends.js";
import { lastLogitsTensor, loraOf, relativeError, weightsOf } from "./support.js";

/** What PyTorch, transformers and PEFT compute, family by family; `llama` has tests of its own beside these. */
const cases = [
  "llama",
  "qwen2",
  "qwen3",
  "phi3",
  "llama-llama3",
  "qwen2-yarn",
  "phi3-longrope",
  // With a quarter of each head left as it is, as Phi-4-mini has it.
  "phi3-partial",
  // With an adapter whose ranks and scales PEFT was given module by module.
  "phi3-patterns",
  // With an adapter of the first and last layer alone.
  "mistral-plain",
];

interface LogitsCase {
  readonly ids: number[];
  readonly logits: number[];
}
interface Preference {
  readonly prompt: number[];
  readonly chosen: number[];
  readonly rejected: number[];
  readonly weight: number;
}

/**
 * The llama3 case was made by casting a whole model to bfloat16 and back, its frequencies with it, which loading a
 * checkpoint does not do. A copy says those rounded frequencies, as another kind of scaling can.
 */
function castToBfloat16(source: string): string {
  const copy = temporaryFolder();
  cpSync(source, copy, { recursive: true });
  const path = join(copy, "config.json");
  const json = JSON.parse(readFileSync(path, "utf8"));
  const { rope, contextLength } = parseConfig(json);
  const plain = ropeFrequencies({ ...rope, scaling: { kind: "default" } }, 0);
  const factors = ropeFrequencies(rope, 0).map((f, i) => {
    const bits = new Uint32Array(Float32Array.of(f).buffer);
    bits[0] = (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) & 0xffff0000;
    return plain[i]! / new Float32Array(bits.buffer)[0]!;
  });
  json.rope_parameters = {
    rope_type: "longrope",
    rope_theta: rope.theta,
    short_factor: factors,
    long_factor: factors,
    original_max_position_embeddings: contextLength,
  };
  writeFileSync(path, JSON.stringify(json));
  return copy;
}

/** Of which each has something in its layers that the others have not: norms of heads, partial rotation, factors by length. */
const unlike = ["qwen3", "phi3-partial", "phi3-longrope"];

reportMissing();
const everywhere = backendsHere.flatMap((backend) =>
  (isInSoftware(backend) ? unlike : cases).map((name) => ({ backend, name })),
);

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe.each(everywhere)("$name on $backend", ({ backend, name }) => {
  const source = fileURLToPath(new URL(`../fixtures/reference/${name}`, import.meta.url));
  const folder = name === "llama-llama3" ? castToBfloat16(source) : source;
  const expected = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8"));
  const { config, tensors } = loadCheckpoint(folder);
  const adapter = readAdapter(`${folder}/adapter`, config);
  let model: LanguageModel;
  beforeAll(async () => {
    model = await LanguageModel.load({ folder, backend, workers: 0 });
    await model.setAdapter("tuned", adapter);
  });
  afterAll(() => model.close());

  it("has the reference's logits, without and with the adapter", async () => {
    const weights = weightsOf({ config, tensors });
    const lora = loraOf(config, adapter);
    for (const [wanted, trained] of [
      [expected.logits_last, undefined],
      [expected.adapter_logits_last, lora],
    ] as [LogitsCase[], Lora | undefined][]) {
      for (const { ids, logits } of wanted) {
        const [actual] = await read([lastLogitsTensor(config, weights, ids, trained)]);
        expect(relativeError(actual!, logits), `${ids.length} tokens`).toBeLessThan(1e-4);
      }
    }
  });

  it("continues prompts as the reference does, alone and side by side", async () => {
    const greedy = expected.greedy as { ids: number[]; new: number[] }[];
    const prompts = greedy.map(({ ids, new: wanted }) => ({ ids, maxTokens: wanted.length }));
    const outputs = await model.generate(prompts);
    for (const [i, { ids, new: wanted }] of greedy.entries()) {
      // Where LongRoPE changes its factors, transformers 5.18 loses its cache and goes on from the last token alone.
      const kept = wanted.findIndex(
        (_, n) => ropeRegime(config, ids.length + n) !== ropeRegime(config, ids.length),
      );
      const count = kept === -1 ? wanted.length : kept;
      expect(outputs[i]!.slice(0, count)).toEqual(wanted.slice(0, count));
      expect(await model.generate([prompts[i]!])).toEqual([outputs[i]]);
      // Every token is the best one after all tokens before it, computed at once.
      const best = await model.generate(
        wanted.map((_, n) => ({ ids: [...ids, ...outputs[i]!.slice(0, n)], maxTokens: 1 })),
      );
      expect(best.flat()).toEqual(outputs[i]);
    }
  });

  it("scores completions, with the preference loss and its gradient, as the reference does", async () => {
    const { preferences, logps, beta, loss, grad } = expected.dpo;
    const completions = (preferences as Preference[]).flatMap(({ prompt, chosen, rejected }) => [
      { prompt, ids: chosen },
      { prompt, ids: rejected },
    ]);
    const base = (await model.score(completions)).map(sum);
    const tuned = (await model.score(completions, "tuned")).map(sum);
    let value = 0;
    const coefficients = new Float64Array(completions.length);
    for (const [i, { weight }] of (preferences as Preference[]).entries()) {
      const want = logps[i];
      const close = (actual: number, wanted: number) =>
        expect(Math.abs(actual - wanted) / Math.abs(wanted)).toBeLessThan(1e-4);
      close(base[2 * i]!, want.ref_chosen);
      close(base[2 * i + 1]!, want.ref_rejected);
      close(tuned[2 * i]!, want.chosen);
      close(tuned[2 * i + 1]!, want.rejected);
      const margin = tuned[2 * i]! - tuned[2 * i + 1]! - (base[2 * i]! - base[2 * i + 1]!);
      value += (weight * Math.log1p(Math.exp(-beta * margin))) / preferences.length;
      const slope = (-weight * beta) / (1 + Math.exp(beta * margin)) / preferences.length;
      coefficients[2 * i] = slope;
      coefficients[2 * i + 1] = -slope;
    }
    expect(Math.abs(value / loss - 1)).toBeLessThan(1e-3);
    const gradient = await model.gradient("tuned", completions, coefficients);
    for (const [key, wanted] of Object.entries(grad as Record<string, number[]>)) {
      const actual = gradient.get(
        key.replace("base_model.model.", "").replace(".default.weight", ".weight"),
      )!;
      const difference = Math.hypot(...wanted.map((x, i) => x - actual[i]!));
      expect(difference / Math.hypot(...wanted), key).toBeLessThan(1e-3);
    }
  });

  it("renders and tokenises as the reference does", () => {
    for (const { text, ids } of expected.tokenize) expect(model.tokenizer.encode(text)).toEqual(ids);
  });
});
