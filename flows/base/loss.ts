// Brings the gradients of its operations.
import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import type { Decoder, Weights } from "../../runtime/policy/model/decoder.js";
import { tokenLogProbs } from "../../runtime/policy/model/operations.js";
import { pack, separateSpans } from "../../runtime/policy/model/packing.js";
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
  const total = batch.lossWeights.reduce((sum, weight) => sum + weight, 0);
  const { value, grads } = tf.valueAndGrads(() => {
    const targets = tf.tensor1d(batch.targets, "int32");
    const logProbs = tokenLogProbs(targetLogits(decoder, weights, batch), targets);
    return tf.neg(tf.sum(tf.mul(logProbs, tf.tensor1d(batch.lossWeights.map((weight) => weight / total)))));
  })(names.map((name) => weights.get(name)!));
  const loss = value.dataSync()[0]!;
  value.dispose();
  return { loss, gradients: new Map(names.map((name, i) => [name, grads[i]!])) };
}

/** Logits `[N, V]` at the places before a batch's targets, differentiable in the weights. */
export function targetLogits(decoder: Decoder, weights: Weights, batch: Batch): tf.Tensor2D {
  const hidden = decoder.rows(weights, pack(separateSpans(batch.lengths), batch.ids));
  const needed = tf.gather(hidden, tf.tensor1d(batch.places, "int32")) as tf.Tensor2D;
  return decoder.logits(weights, needed);
}
