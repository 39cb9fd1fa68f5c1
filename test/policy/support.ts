import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { type Adapter, adapterScale, adapterShapes } from "../../runtime/policy/adapter/adapter.js";
import type { Checkpoint } from "../../runtime/policy/checkpoint.js";
import type { ModelConfig } from "../../runtime/policy/model/config.js";
import { Decoder, type Lora, type Weights } from "../../runtime/policy/model/decoder.js";
import { linearShape, moduleName, weightShapes } from "../../runtime/policy/model/names.js";
import { pack, separateSpans } from "../../runtime/policy/model/packing.js";
import { ropeRegime } from "../../runtime/policy/model/rope-config.js";
import { openWeights } from "../../runtime/policy/weights/index.js";

/** The tensors of a model's or an adapter's folder. */
export function readTensors(folder: URL, stem = "model"): Map<string, tf.Tensor> {
  const weights = openWeights(fileURLToPath(folder), stem);
  return new Map(
    weights.names.map((name) => [name, tf.tensor(weights.read(name), [...weights.shape(name)!])]),
  );
}

/** Weights of any shape, large enough that attention and logits are far from uniform. */
export function randomWeights(config: ModelConfig, seed: number): Map<string, tf.Tensor> {
  return new Map(
    [...weightShapes(config)].map(([name, shape], i) => {
      const norm = name.includes("norm");
      const deviation = norm ? 0.1 : 1.2 / Math.sqrt(shape[1] ?? 1);
      return [name, tf.randomNormal([...shape], norm ? 1 : 0, deviation, "float32", seed + 7 * i)];
    }),
  );
}

/** A checkpoint's weights on the backend that runs. */
export function weightsOf({ config, tensors }: Checkpoint): Weights {
  const shapes = weightShapes(config);
  return new Map([...tensors].map(([name, data]) => [name, tf.tensor(data, [...shapes.get(name)!])]));
}

/** An adapter on the backend that runs. */
export function loraOf(config: ModelConfig, adapter: Adapter): Lora {
  const shapes = [...adapterShapes(config, adapter.modules)];
  return {
    scales: new Map([...adapter.modules.keys()].map((module) => [module, adapterScale(adapter, module)])),
    tensors: new Map(
      shapes.map(([name, shape]) => [name, tf.tensor(adapter.tensors.get(name)!, [...shape])]),
    ),
  };
}

/** Logits after the last of these tokens, on backends whose values can be read at once. */
export function lastLogits(
  config: ModelConfig,
  weights: Weights,
  ids: readonly number[],
  lora?: Lora,
): Float32Array {
  return lastLogitsTensor(config, weights, ids, lora).dataSync() as Float32Array;
}

/** Logits `[1, V]` after the last of these tokens. */
export function lastLogitsTensor(
  config: ModelConfig,
  weights: Weights,
  ids: readonly number[],
  lora?: Lora,
): tf.Tensor {
  const decoder = new Decoder(config);
  const packing = pack(separateSpans([ids.length]), Int32Array.from(ids));
  const hidden = decoder.rows(
    weights,
    packing,
    lora,
    Int32Array.of(ids.length - 1),
    ropeRegime(config, ids.length),
  );
  const logits = decoder.logits(weights, hidden);
  decoder.dispose();
  return logits;
}

/** The largest difference from what is wanted, as a part of the largest value that is wanted. */
export function relativeError(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [worst, scale] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    worst = Math.max(worst, Math.abs(actual[i]! - wanted[i]!));
    scale = Math.max(scale, Math.abs(wanted[i]!));
  }
  return worst / scale;
}

/** One scale for all the modules that tensors of an adapter belong to. */
export function scaled(scale: number, tensors: ReadonlyMap<string, tf.Tensor>): Lora {
  const modules = [...tensors.keys()].map((name) => name.replace(/\.lora_[AB]\.weight$/, ""));
  return { scales: new Map(modules.map((module) => [module, scale])), tensors };
}

/** An adapter of rank 3 on q, v and down. */
export function randomLora(config: ModelConfig, seed: number): Lora {
  const tensors = new Map<string, tf.Tensor>();
  for (let layer = 0; layer < config.layers; layer++) {
    for (const linear of ["self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj"] as const) {
      const [out, width] = linearShape(config, linear);
      const module = moduleName(layer, linear);
      const random = (shape: [number, number]) =>
        tf.randomNormal(shape, 0, 0.4, "float32", seed + 11 * tensors.size);
      tensors.set(`${module}.lora_A.weight`, random([3, width]));
      tensors.set(`${module}.lora_B.weight`, random([out, 3]));
    }
  }
  return scaled(0.7, tensors);
}
