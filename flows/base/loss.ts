import * as tf from "@tensorflow/tfjs";
import type { Decoder, Weights } from "../../runtime/policy/model/decoder.js";
import { tokenLogProbs } from "../../runtime/policy/model/operations.js";
import type { Batch } from "./batches.js";

/**
 * Weighted mean negative log-probability of a batch's targets, in nats per unit of weight.
 * @returns the loss, and its gradient by weight name; the caller disposes the gradients
 */
export function lossAndGradients(
  decoder: Decoder,
  weights: ReadonlyMap<string, tf.Variable>,
  batch: Batch,
): { readonly loss: number; readonly gradients: ReadonlyMap<string, tf.Tensor> } {
  const names = [...weights.keys()];
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
    const byName = new Map(names.map((name, i) => [name, tensors[i]!]));
    const logProbs = targetLogProbs(decoder, byName, batch);
    const total = batch.lossWeights.reduce((sum, w) => sum + w, 0);
    return tf.neg(tf.sum(tf.mul(logProbs, tf.tensor1d(batch.lossWeights.map((w) => w / total)))));
  })(names.map((name) => weights.get(name)!));
  const loss = value.dataSync()[0]!;
  value.dispose();
  return { loss, gradients: new Map(names.map((name, i) => [name, grads[i]!])) };
}

/** Log-probabilities of a batch's targets, `[N]`, differentiable in the weights. */
function targetLogProbs(decoder: Decoder, weights: Weights, batch: Batch): tf.Tensor1D {
  return tokenLogProbs(targetLogits(decoder, weights, batch), tf.tensor1d(batch.targets, "int32"));
}

/** Logits `[N, V]` at the positions before a batch's targets. */
export function targetLogits(decoder: Decoder, weights: Weights, batch: Batch): tf.Tensor2D {
  const { rows, length } = batch;
  const hidden = decoder.hidden(weights, tf.tensor2d(batch.ids, [rows, length], "int32"));
  const flat = hidden.reshape([rows * length, decoder.config.hiddenSize]);
  return decoder.logits(weights, tf.gather(flat, tf.tensor1d(batch.positions, "int32")) as tf.Tensor2D);
}
