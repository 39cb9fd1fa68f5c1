import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Adapter,
  adapterScale,
  adapterShapes,
  newAdapter,
} from "../../runtime/policy/adapter/adapter.js";
import type { BackendName } from "../../runtime/policy/engine/backend.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { type ModelConfig, parseConfig } from "../../runtime/policy/model/config.js";
import { linearsOf, weightShapes } from "../../runtime/policy/model/names.js";
import {
  encodeFloats,
  type FloatType,
  openWeights,
  type StoredTensor,
  safetensorsChunks,
  writeFileAtomically,
} from "../../runtime/policy/weights/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { backendsHere, reportMissing } from "./backends.js";
import { type PlainConfig, type PlainTensors, plainLogits } from "./plain-decoder.js";

const fixture = fileURLToPath(new URL("../fixtures/reference/llama", import.meta.url));
const VOCABULARY = 475;

/** A model of any family, in any shape that its config.json can say. */
const models = fc
  .record({
    family: fc.constantFrom("llama", "mistral", "qwen2", "qwen3", "phi3"),
    rope: fc.constantFrom("default", "linear", "dynamic", "llama3", "yarn", "longrope"),
    groups: fc.integer({ min: 1, max: 3 }),
    share: fc.integer({ min: 1, max: 3 }),
    half: fc.integer({ min: 2, max: 9 }),
    own: fc.boolean(),
    ffn: fc.integer({ min: 1, max: 40 }),
    layers: fc.integer({ min: 1, max: 3 }),
    tied: fc.boolean(),
    biased: fc.boolean(),
    partial: fc.boolean(),
    dtype: fc.constantFrom<FloatType>("F32", "F16", "BF16"),
    files: fc.integer({ min: 1, max: 3 }),
    length: fc.integer({ min: 1, max: 40 }),
    seed: fc.nat(1e6),
  })
  .map((drawn) => ({ ...drawn, config: configOf(drawn) }));

interface Drawn {
  readonly family: string;
  readonly rope: string;
  readonly groups: number;
  readonly share: number;
  readonly half: number;
  readonly own: boolean;
  readonly ffn: number;
  readonly layers: number;
  readonly tied: boolean;
  readonly biased: boolean;
  readonly partial: boolean;
}

function configOf({
  family,
  rope,
  groups,
  share,
  half,
  own,
  ffn,
  layers,
  tied,
  biased,
  partial,
}: Drawn): PlainConfig {
  const dim = 2 * half;
  const heads = groups * share;
  const rotated = family === "phi3" && partial && half > 2 ? dim - 2 : dim;
  const factors = (step: number) => Array.from({ length: rotated / 2 }, (_, i) => 1 + step * i);
  const scaling: Record<string, object> = {
    default: {},
    linear: { factor: 3 },
    dynamic: { factor: 2, original_max_position_embeddings: 16 },
    llama3: { factor: 4, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 16 },
    yarn: { factor: 4, original_max_position_embeddings: 16 },
    longrope: {
      short_factor: factors(0.02),
      long_factor: factors(0.4),
      original_max_position_embeddings: 16,
    },
  };
  return {
    model_type: family,
    hidden_act: "silu",
    // A family whose heads have a size of their own may have any width.
    hidden_size: own ? heads * dim + 3 : heads * dim,
    ...(own || family === "qwen3" ? { head_dim: dim } : {}),
    intermediate_size: ffn,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: groups,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: tied,
    vocab_size: VOCABULARY,
    ...(family === "llama" || family === "qwen3" ? { attention_bias: biased } : {}),
    ...(family === "llama" ? { mlp_bias: biased } : {}),
    rope_parameters: {
      rope_type: rope,
      rope_theta: 500,
      ...scaling[rope],
      ...(rotated === dim ? {} : { partial_rotary_factor: rotated / dim }),
    },
  };
}

/** Values that look like chance, and are the same for one seed. */
function noise(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * 1.7;
  };
}

/** Writes a model folder with random weights, and reads them as they were stored. */
function write(config: PlainConfig, dtype: FloatType, files: number, seed: number) {
  const folder = temporaryFolder();
  for (const name of [
    "tokenizer.json",
    "tokenizer_config.json",
    "generation_config.json",
    "chat_template.jinja",
  ])
    copyFileSync(join(fixture, name), join(folder, name));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const parsed = parseConfig(config);
  const next = noise(seed);
  const shards: Map<string, StoredTensor>[] = Array.from({ length: files }, () => new Map());
  const places: Record<string, string> = {};
  const fileOf = (i: number) =>
    files === 1 ? "model.safetensors" : `model-0000${i + 1}-of-0000${files}.safetensors`;
  for (const [i, [name, shape]] of [...weightShapes(parsed)].entries()) {
    const size = shape.reduce((n, d) => n * d, 1);
    const values = Float32Array.from({ length: size }, () =>
      name.includes("norm") ? 1 + 0.2 * next() : (0.9 * next()) / Math.sqrt(shape[1] ?? 4),
    );
    shards[i % files]!.set(name, { dtype, shape, bytes: () => encodeFloats(dtype, values) });
    places[name] = fileOf(i % files);
  }
  for (const [i, shard] of shards.entries())
    writeFileAtomically(join(folder, fileOf(i)), safetensorsChunks(shard));
  if (files > 1)
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: places }));
  const opened = openWeights(folder);
  const weights: PlainTensors = new Map(
    opened.names.map((name) => [name, { shape: opened.shape(name)!, data: opened.read(name) }]),
  );
  opened.close();
  return { folder, parsed, weights };
}

/** An adapter on every linear layer whose B is not zero. */
function adapterOf(config: ModelConfig, seed: number): Adapter {
  const adapter = newAdapter(config, { key: "shapes", rank: 3, alpha: 2, targets: linearsOf(config) });
  const next = noise(seed);
  for (const [name, values] of adapter.tensors)
    if (name.endsWith("lora_B.weight")) for (let i = 0; i < values.length; i++) values[i] = 0.3 * next();
  return adapter;
}

/** The adapter as PEFT names its tensors, moved by `step` along a direction. */
function plainLora(
  config: ModelConfig,
  adapter: Adapter,
  direction?: ReadonlyMap<string, Float32Array>,
  step = 0,
) {
  const shapes = adapterShapes(config, adapter.modules);
  const tensors: PlainTensors = new Map(
    [...shapes].map(([name, shape]) => {
      const values = adapter.tensors.get(name)!;
      // Moved in float64: a small step would be lost in float32.
      const data = Array.from(values, (v, i) => v + step * (direction?.get(name)?.[i] ?? 0));
      return [`base_model.model.${name}`, { shape, data }];
    }),
  );
  return { tensors, scale: adapterScale(adapter, [...adapter.modules.keys()][0]!) };
}

function logProbs(logits: readonly (readonly number[])[], prompt: number, ids: readonly number[]): number[] {
  return ids.map((id, i) => {
    const row = logits[prompt - 1 + i]!;
    const most = Math.max(...row);
    return row[id]! - most - Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
  });
}

async function check(
  backend: BackendName,
  model: Drawn & { config: PlainConfig; dtype: FloatType; files: number; length: number; seed: number },
) {
  const { config, dtype, files, length, seed } = model;
  const { folder, parsed, weights } = write(config, dtype, files, seed);
  const adapter = adapterOf(parsed, seed);
  const next = noise(seed + 1);
  const draw = (count: number) =>
    Array.from({ length: count }, () => Math.floor(((next() / 1.7 + 1) / 2) * VOCABULARY) % VOCABULARY);
  const [prompt, ids] = [draw(length), draw(4)];
  const plain = (lora?: ReturnType<typeof plainLora>) =>
    logProbs(plainLogits(config, weights, [...prompt, ...ids], lora), length, ids);
  const loaded = await LanguageModel.load({ folder, backend, workers: 0 });
  try {
    await loaded.setAdapter("tuned", adapter);
    for (const [name, lora] of [
      [undefined, undefined],
      ["tuned", plainLora(parsed, adapter)],
    ] as const) {
      const [actual] = await loaded.score([{ prompt, ids }], name);
      for (const [i, wanted] of plain(lora).entries())
        expect(Math.abs(actual![i]! - wanted), `${name} ${i}`).toBeLessThan(1e-4 * (1 + Math.abs(wanted)));
    }
    // Along its own gradient a function grows by the gradient's squared norm.
    const gradient = await loaded.gradient("tuned", [{ prompt, ids }], [1]);
    const norm = Math.sqrt(
      [...gradient.values()].reduce((sum, values) => sum + values.reduce((s, v) => s + v * v, 0), 0),
    );
    const unit = new Map([...gradient].map(([name, values]) => [name, values.map((v) => v / norm)]));
    const at = (step: number) =>
      plain(plainLora(parsed, adapter, unit, step)).reduce((sum, value) => sum + value, 0);
    const slope = (at(1e-4) - at(-1e-4)) / 2e-4;
    expect(Math.abs(slope / norm - 1)).toBeLessThan(1e-3);
  } finally {
    await loaded.close();
  }
}

reportMissing();

describe("a model of any family and shape does what plain float64 does, adapter and gradient included,", () => {
  it.each(backendsHere)("on %s", async (backend) => {
    // A device in software compiles programs anew for each shape.
    const numRuns = { webgpu: 4, cpu: 6 }[backend as string] ?? 40;
    await fc.assert(
      fc.asyncProperty(models, (model) => check(backend, model)),
      { numRuns },
    );
  });
});
