import * as tf from "@tensorflow/tfjs-core";
import { hasKernel, run } from "../engine/kernels.js";
import { composeAttention } from "./attention.js";
import type { Packing } from "./packing.js";

/**
 * The decoder's own operations, each with its gradient. Where the current backend has a kernel of this project for
 * one, that runs; otherwise stock operations compose it. Both give the same numbers up to float32 rounding.
 *
 * What a gradient needs must be saved: a tensor made inside the scope of a gradient is gone when that runs.
 */

/** `tf.customGrad` with the types that it has in practice: tensors, then the function that saves. */
function differentiable<Result extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: (save: tf.GradSaveFunc) => Result,
  backward: (dy: tf.Tensor, saved: readonly tf.Tensor[]) => tf.Tensor[],
): Result {
  const op = tf.customGrad((...args) => ({
    value: forward(args[args.length - 1] as tf.GradSaveFunc),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => backward(dy, saved),
  }));
  return op(...inputs) as Result;
}

/** Tables of the rotary position embedding, `[P, half]` each. */
export interface RotaryTables {
  /** Values of a head, of which the first 2 half are rotated; the others stay what they are. */
  readonly headDim: number;
  readonly cos: tf.Tensor2D;
  readonly sin: tf.Tensor2D;
}

/**
 * Rotary position embedding in the layout of Hugging Face's Llama: element i is rotated with element i + half.
 *
 * @param x `[N, heads * headDim]`
 * @param positions int32 `[N]`, below the tables' P
 */
export function rotate(x: tf.Tensor2D, positions: tf.Tensor1D, tables: RotaryTables): tf.Tensor2D {
  return differentiable(
    [x],
    (save) => {
      save([positions]);
      return rotateBy(x, positions, tables, false);
    },
    (dy, [at]) => [rotateBy(dy as tf.Tensor2D, at as tf.Tensor1D, tables, true)],
  );
}

/** `rotate` without a gradient, in either direction. */
export function rotateBy(
  x: tf.Tensor2D,
  positions: tf.Tensor1D,
  tables: RotaryTables,
  inverse: boolean,
): tf.Tensor2D {
  const { headDim, cos, sin } = tables;
  if (hasKernel("FlowcRotary")) return run("FlowcRotary", { x, positions, cos, sin }, { headDim, inverse });
  return tf.tidy(() => {
    const [rows, width] = x.shape;
    const half = cos.shape[1];
    const c = tf.reshape(tf.gather(cos, positions), [rows, 1, half]);
    const s = tf.reshape(tf.gather(sin, positions), [rows, 1, half]);
    const heads = tf.reshape(x, [rows, width / headDim, headDim]);
    const [u, v, rest] = tf.split(heads, [half, half, headDim - 2 * half], 2) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const uc = tf.mul(u, c);
    const us = tf.mul(u, s);
    const vc = tf.mul(v, c);
    const vs = tf.mul(v, s);
    const halves = inverse ? [tf.add(uc, vs), tf.sub(vc, us)] : [tf.sub(uc, vs), tf.add(vc, us)];
    const parts = headDim === 2 * half ? halves : [...halves, rest];
    return tf.reshape(tf.concat(parts, 2), [rows, width]) as tf.Tensor2D;
  });
}

/**
 * Causal attention of packed rows: per head, softmax(q kᵀ / sqrt(headDim)) v over the slots that a row sees.
 *
 * @param q `[N, heads * headDim]`
 * @param k `[S, groups * headDim]`, v alike: heads / groups query heads share one key and value head
 */
export function attend(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  packing: Packing,
  heads: number,
  groups: number,
): tf.Tensor2D {
  if (!hasKernel("FlowcAttend")) return composeAttention(q, k, v, packing, heads, groups);
  const { slots, contexts, positions, longest } = packing;
  const attrs = { heads, groups, longest, packing };
  return differentiable(
    [q, k, v],
    (save) => {
      const inputs = { q, k, v, slots, contexts, positions };
      const [out, ...known] = run<[tf.Tensor2D, ...tf.Tensor2D[]]>("FlowcAttend", inputs, attrs);
      save([q, k, v, slots, contexts, positions, out, ...known]);
      return out;
    },
    (dy, saved) => {
      const [q, k, v, slots, contexts, positions, out, lse] = saved as SavedAttention;
      const inputs: tf.NamedTensorMap = { dy, q, k, v, slots, contexts, positions, out };
      // The log of the summed exponentials, if the kernel keeps it.
      if (lse !== undefined) inputs.lse = lse;
      return run<tf.Tensor[]>("FlowcAttendGrad", inputs, attrs);
    },
  );
}

type SavedAttention = [
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  slots: tf.Tensor,
  contexts: tf.Tensor,
  positions: tf.Tensor,
  out: tf.Tensor,
  lse?: tf.Tensor,
];

/** Rows of `table` `[V, d]` at `ids` (int32, any shape): `[...ids, d]`. */
export function embed(table: tf.Tensor2D, ids: tf.Tensor): tf.Tensor {
  const [rows, width] = table.shape;
  return differentiable(
    [table],
    (save) => {
      save([ids]);
      return hasKernel("FlowcEmbed") ? run<tf.Tensor>("FlowcEmbed", { table, ids }) : tf.gather(table, ids);
    },
    (dy, [at]) => [
      tf.unsortedSegmentSum(tf.reshape(dy, [-1, width]), tf.reshape(at!, [-1]) as tf.Tensor1D, rows),
    ],
  );
}

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  if (!hasKernel("FlowcRmsNorm")) {
    return tf.tidy(() => {
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
      return tf.mul(tf.mul(x, scale), weight);
    });
  }
  const trained = weight instanceof tf.Variable;
  return differentiable(
    trained ? [x, weight] : [x],
    (save) => {
      const [y, inverse] = run<[tf.Tensor2D, tf.Tensor1D]>("FlowcRmsNorm", { x, weight }, { epsilon });
      save([x, weight, inverse]);
      return y;
    },
    (dy, saved) => {
      const [x, weight, inverse] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const gradients = run<tf.Tensor | tf.Tensor[]>(
        "FlowcRmsNormGrad",
        { dy, x, weight, inverse },
        { trained },
      );
      return Array.isArray(gradients) ? gradients : [gradients];
    },
  );
}

/** `rmsNorm` of each head alone: x `[N, heads * headDim]`, weight `[headDim]`. */
export function rmsNormHeads(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  const rows = tf.reshape(x, [-1, weight.shape[0]]) as tf.Tensor2D;
  return tf.reshape(rmsNorm(rows, weight, epsilon), x.shape);
}

/** silu(gate) · up (Shazeer 2020), both of one shape. */
export function swiGlu(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  if (!hasKernel("FlowcSwiGlu")) return tf.tidy(() => tf.mul(tf.mul(gate, tf.sigmoid(gate)), up));
  return differentiable(
    [gate, up],
    (save) => {
      save([gate, up]);
      return run<tf.Tensor2D>("FlowcSwiGlu", { gate, up });
    },
    (dy, saved) => {
      const [gate, up] = saved as [tf.Tensor, tf.Tensor];
      return run<tf.Tensor[]>("FlowcSwiGluGrad", { dy, gate, up });
    },
  );
}

/** x `[N, in]` times the transpose of weight `[out, in]`, plus bias `[out]`. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor): tf.Tensor2D {
  const y = tf.matMul(x, weight, false, true) as tf.Tensor2D;
  return bias === undefined ? y : (tf.add(y, bias) as tf.Tensor2D);
}

/**
 * Log-probabilities of target tokens, `[N]`: log softmax of logits `[N, V]` at targets `[N]` (int32). The loss of
 * training; sum them in float64 where their value matters.
 */
export function tokenLogProbs(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  return differentiable(
    [logits],
    (save) => {
      const value: tf.Tensor1D = hasKernel("FlowcTokenLogProbs")
        ? run("FlowcTokenLogProbs", { logits, targets })
        : tf.tidy(() => tf.sum(tf.mul(tf.logSoftmax(logits), oneHot(logits, targets)), 1));
      save([logits, targets, value]);
      return value;
    },
    (dy, saved) => [tokenLogProbsGrad(dy, saved)],
  );
}

function tokenLogProbsGrad(dy: tf.Tensor, saved: readonly tf.Tensor[]): tf.Tensor {
  const [logits, targets, logProbs] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
  if (hasKernel("FlowcTokenLogProbsGrad")) {
    return run("FlowcTokenLogProbsGrad", { dy, logits, targets, logProbs });
  }
  return tf.tidy(() => tf.mul(tf.sub(oneHot(logits, targets), tf.softmax(logits)), tf.reshape(dy, [-1, 1])));
}

function oneHot(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor2D {
  return tf.oneHot(targets, logits.shape[1]) as tf.Tensor2D;
}
