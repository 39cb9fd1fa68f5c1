import * as tf from "@tensorflow/tfjs";
import { read } from "../engine/read.js";
import type { Decoder, Lora, Weights } from "./decoder.js";
import { byPrompt, type Completion, type GradientBatch } from "./gradient-batches.js";
import { embed, tokenLogProbs } from "./operations.js";
import { pack, type Span } from "./packing.js";

/**
 * The gradient in an adapter's tensors of the sum over c of coefficients[c] · log p(ids of c | prompt of c): the
 * vector-Jacobian product of completions' log-probabilities, of which the gradient of every loss on them is made.
 *
 * @returns values by the adapter's own names, shaped like its tensors.
 */
export async function completionGradient(
  decoder: Decoder,
  weights: Weights,
  lora: Lora,
  { completions, coefficients, regime }: GradientBatch,
): Promise<Map<string, Float32Array>> {
  const { spans, ids, rows, targets, slopes } = layOut(completions, coefficients);
  const names = [...lora.tensors.keys()];
  const gradients = tf.tidy(() => {
    const packing = pack(spans, Int32Array.from(ids));
    // A prompt's last row is wanted once for each of its completions.
    const distinct = [...new Set(rows)];
    const place = new Map(distinct.map((row, i) => [row, i]));
    const wanted = tf.tensor1d(
      Int32Array.from(rows, (row) => place.get(row)!),
      "int32",
    );
    const expected = tf.tensor1d(Int32Array.from(targets), "int32");
    const slope = tf.tensor1d(Float32Array.from(slopes));
    const objective = (...tensors: tf.Tensor[]): tf.Scalar => {
      const trained: Lora = { ...lora, tensors: new Map(names.map((name, i) => [name, tensors[i]!])) };
      const hidden = decoder.rows(weights, packing, trained, Int32Array.from(distinct), regime);
      const logits = decoder.logits(weights, embed(hidden, wanted) as tf.Tensor2D);
      return tf.sum(tf.mul(tokenLogProbs(logits, expected), slope));
    };
    return tf.grads(objective)(names.map((name) => lora.tensors.get(name)!));
  });
  try {
    const values = await read(gradients);
    return new Map(names.map((name, i) => [name, values[i]!]));
  } finally {
    tf.dispose(gradients);
  }
}

/** Packs each prompt once and, after it, its completions but for their last tokens, which nothing follows. */
function layOut(completions: readonly Completion[], coefficients: readonly number[]) {
  const spans: Span[] = [];
  const ids: number[] = [];
  /** Rows whose logits say how probable the targets are, and the weight of each in the sum. */
  const rows: number[] = [];
  const targets: number[] = [];
  const slopes: number[] = [];
  for (const indices of byPrompt(completions)) {
    const { prompt } = completions[indices[0]!]!;
    const shared = Array.from(prompt, (_, i) => ids.length + i);
    spans.push({ first: 0, rows: prompt.length, slots: Int32Array.from(shared) });
    ids.push(...prompt);
    const last = ids.length - 1;
    for (const index of indices) {
      const output = completions[index]!.ids;
      const own = Array.from({ length: output.length - 1 }, (_, i) => ids.length + i);
      if (own.length > 0) {
        spans.push({ first: prompt.length, rows: own.length, slots: Int32Array.from([...shared, ...own]) });
      }
      ids.push(...output.slice(0, -1));
      rows.push(last, ...own);
      targets.push(...output);
      slopes.push(...output.map(() => coefficients[index]!));
    }
  }
  return { spans, ids, rows, targets, slopes };
}
