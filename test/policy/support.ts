import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import type { ModelConfig } from "../../runtime/policy/model/config.js";
import type { Lora } from "../../runtime/policy/model/decoder.js";
import { linearShape, moduleName, weightShapes } from "../../runtime/policy/model/names.js";
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
