import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { type Adapter, newAdapter } from "../../runtime/policy/adapter/adapter.js";
import { loadCheckpoint } from "../../runtime/policy/checkpoint.js";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { type Activations, completionGradient } from "../../runtime/policy/model/completion-gradient.js";
import { type ModelConfig, parseConfig } from "../../runtime/policy/model/config.js";
import { Decoder } from "../../runtime/policy/model/decoder.js";
import { gradientBatches } from "../../runtime/policy/model/gradient-batches.js";
import { linearsOf } from "../../runtime/policy/model/names.js";
import { backendsHere, reportMissing } from "./backends.js";
import { loraOf, randomWeights } from "./support.js";

reportMissing();
const folderOf = (family: string) =>
  fileURLToPath(new URL(`../fixtures/reference/${family}`, import.meta.url));

/** An adapter of arbitrary numbers, so that both of its factors have a gradient. */
function adapterOf(config: ModelConfig, kind: "all" | "queries and values" | "last layer"): Adapter {
  const targets = kind === "all" ? linearsOf(config) : undefined;
  const adapter = newAdapter(config, { rank: 2, key: "k", ...(targets && { targets }) });
  for (const [name, values] of adapter.tensors) {
    values.forEach((value, i) => {
      values[i] = value + 0.05 * Math.sin(i + name.length);
    });
  }
  if (kind !== "last layer") return adapter;
  const last = (name: string) => name.startsWith(`model.layers.${config.layers - 1}.`);
  const only = <T>(all: ReadonlyMap<string, T>) => new Map([...all].filter(([name]) => last(name)));
  return { ...adapter, modules: only(adapter.modules), tensors: only(adapter.tensors) };
}

const completions = Array.from({ length: 7 }, (_, i) => ({
  prompt: Array.from({ length: 5 + (i % 3) }, (_, k) => 3 + ((7 * k + (i % 3)) % 20)),
  ids: Array.from({ length: 1 + (i % 4) }, (_, k) => 3 + ((5 * k + i) % 20)),
}));
const coefficients = completions.map((_, i) => Math.sin(i + 1));

describe.each(backendsHere)("gradients on %s whose activations are computed again", (backend) => {
  it.each(["llama", "phi3", "qwen3"])("are those of kept activations, for %s", async (family) => {
    const { config } = loadCheckpoint(folderOf(family));
    const adapters = (["all", "queries and values", "last layer"] as const).map((kind) =>
      adapterOf(config, kind),
    );
    const found = [];
    for (const activations of ["keep", "recompute"] as const) {
      const model = await LanguageModel.load({ folder: folderOf(family), backend, workers: 0, activations });
      const gradients = [];
      for (const adapter of adapters) {
        await model.setAdapter("agent", adapter);
        gradients.push(await model.gradient("agent", completions, coefficients));
      }
      await model.close();
      found.push(gradients);
    }
    const [kept, again] = found;
    for (const [i, gradient] of kept!.entries()) {
      expect([...again![i]!.keys()]).toEqual([...gradient.keys()]);
      for (const [name, values] of gradient) {
        expect(Math.hypot(...values), name).toBeGreaterThan(0);
        const other = again![i]!.get(name)!;
        if (backend === "wasm" || backend === "cpu") expect(other, name).toEqual(values);
        else {
          const error = Math.hypot(...values.map((value, k) => value - other[k]!)) / Math.hypot(...values);
          expect(error, name).toBeLessThan(1e-4);
        }
      }
    }
  });
});

it("take a fraction of the memory, and leave none behind", async () => {
  await startBackend("wasm");
  const config = parseConfig({
    model_type: "llama",
    vocab_size: 50,
    hidden_size: 32,
    intermediate_size: 88,
    num_hidden_layers: 12,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 256,
  });
  const decoder = new Decoder(config);
  const weights = randomWeights(config, 1);
  const lora = loraOf(config, adapterOf(config, "all"));
  const long = Array.from({ length: 4 }, (_, i) => ({
    prompt: Array.from({ length: 128 }, (_, k) => (7 * k + i) % 50),
    ids: [1, 2, 3],
  }));
  const [batch] = gradientBatches(long, [1, -1, 1, -1], () => 0);
  const taken = async (activations: Activations) => {
    const gradient = () => completionGradient(decoder, weights, lora, batch!, activations);
    // The tables of positions are made once.
    await gradient();
    const { numBytes, numTensors } = tf.memory();
    const { peakBytes } = await tf.profile(async () => {
      await gradient();
      return [];
    });
    expect(tf.memory()).toMatchObject({ numBytes, numTensors });
    return peakBytes - numBytes;
  };
  const kept = await taken("keep");
  expect(await taken("recompute")).toBeLessThan(kept / 3);
});
