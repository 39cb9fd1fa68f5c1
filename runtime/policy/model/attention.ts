import * as tf from "@tensorflow/tfjs-core";
import type { Packing, Span } from "./packing.js";

/** Added to the scores that a query may not see: exp underflows to exactly 0 after the softmax's shift. */
const MASKED = -1e9;

/**
 * `attend` (operations.ts) out of stock operations, span by span, differentiable by TensorFlow.js itself. A row's
 * result depends on its own span alone.
 */
export function composeAttention(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  packing: Packing,
  heads: number,
  groups: number,
): tf.Tensor2D {
  return tf.tidy(() => {
    let row = 0;
    const outputs = packing.spans.map((span) => {
      const queries = tf.slice(q, [row, 0], [span.rows, -1]);
      row += span.rows;
      return attendSpan(queries, k, v, span, heads, groups);
    });
    return outputs.length === 1 ? outputs[0]! : tf.concat(outputs, 0);
  });
}

function attendSpan(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  span: Span,
  heads: number,
  groups: number,
): tf.Tensor2D {
  const headDim = q.shape[1] / heads;
  const share = heads / groups;
  const length = span.slots.length;
  const slots = tf.tensor1d(span.slots, "int32");
  const headsFirst = (x: tf.Tensor, rows: number, count: number): tf.Tensor =>
    tf.transpose(tf.reshape(x, [rows, count, headDim]), [1, 0, 2]);
  // The query heads that share a key head are rows of one product.
  const queries = tf.mul(headsFirst(q, span.rows, heads), headDim ** -0.5);
  const keys = headsFirst(tf.gather(k, slots), length, groups);
  const values = headsFirst(tf.gather(v, slots), length, groups);
  const grouped = tf.reshape(queries, [groups, share * span.rows, headDim]);
  const scores = tf.reshape(tf.matMul(grouped, keys, false, true), [heads, span.rows, length]);
  const weights = tf.softmax(tf.add(scores, causalMask(span)));
  const mixed = tf.matMul(tf.reshape(weights, [groups, share * span.rows, length]), values);
  const joined = tf.transpose(tf.reshape(mixed, [heads, span.rows, headDim]), [1, 0, 2]);
  return tf.reshape(joined, [span.rows, heads * headDim]);
}

function causalMask(span: Span): tf.Tensor2D {
  const length = span.slots.length;
  const values = new Float32Array(span.rows * length);
  for (let row = 0; row < span.rows; row++) {
    values.fill(MASKED, row * length + span.first + row + 1, (row + 1) * length);
  }
  return tf.tensor2d(values, [span.rows, length]);
}
