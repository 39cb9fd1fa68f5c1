import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { openWeights } from "../../runtime/policy/weights/index.js";

/** The tensors of a model's or an adapter's folder. */
export function readTensors(folder: URL, stem = "model"): Map<string, tf.Tensor> {
  const weights = openWeights(fileURLToPath(folder), stem);
  return new Map(
    weights.names.map((name) => [name, tf.tensor(weights.read(name), [...weights.shape(name)!])]),
  );
}
