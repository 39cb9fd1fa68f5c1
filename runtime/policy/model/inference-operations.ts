import * as tf from "@tensorflow/tfjs-core";
import { hasKernel, run } from "../engine/kernels.js";
import { type RotaryTables, rmsNorm, rotateBy, swiGlu } from "./operations.js";
import type { Packing } from "./packing.js";

/**
 * The operations that only inference has: fused, without gradients, some of them in place. As in `operations.ts`,
 * stock operations compose what the current backend has no kernel for.
 */

/** Keys and values of one layer by slot, `[S, groups * headDim]` each. */
export interface LayerCache {
  readonly keys: tf.Tensor2D;
  readonly values: tf.Tensor2D;
}

/**
 * Takes queries, keys and values that stand side by side apart, rotates queries and keys, and stores keys and values in
 * their rows' slots.
 *
 * @param x `[N, (heads + 2 groups) * headDim]`
 * @returns the queries `[N, heads * headDim]`, and the cache: the same one written in place, or a new one that replaces
 *   it (the old one is then disposed).
 */
export function splitQkv(
  x: tf.Tensor2D,
  cache: LayerCache,
  packing: Packing,
  tables: RotaryTables,
  heads: number,
  groups: number,
): { queries: tf.Tensor2D; cache: LayerCache } {
  const { positions, own } = packing;
  const { keys, values } = cache;
  if (hasKernel("FlowcSplitQkv")) {
    const { cos, sin } = tables;
    const inputs = { x, keys, values, own, positions, cos, sin };
    return { queries: run("FlowcSplitQkv", inputs, { heads, groups }), cache };
  }
  const { headDim } = tables;
  const [q, k, v] = tf.split(x, [heads * headDim, groups * headDim, groups * headDim], 1) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const store = (slots: tf.Tensor2D, rows: tf.Tensor2D): tf.Tensor2D => {
    const stored = tf.keep(tf.tensorScatterUpdate(slots, tf.reshape(own, [-1, 1]), rows) as tf.Tensor2D);
    slots.dispose();
    return stored;
  };
  return {
    queries: rotateBy(q, positions, tables, false),
    cache: { keys: store(keys, rotateBy(k, positions, tables, false)), values: store(values, v) },
  };
}

/** x `[S, d]` with more rows after it, `rows` in all; they hold anything until they are written. */
export function growRows(x: tf.Tensor2D, rows: number): tf.Tensor2D {
  if (hasKernel("FlowcGrow")) return run("FlowcGrow", { x }, { rows });
  return tf.pad(x, [
    [0, rows - x.shape[0]],
    [0, 0],
  ]);
}

/** A residual connection and the norm after it: [x + delta, its norm], all `[N, d]`. */
export function addRmsNorm(
  x: tf.Tensor2D,
  delta: tf.Tensor2D,
  weight: tf.Tensor1D,
  epsilon: number,
): [tf.Tensor2D, tf.Tensor2D] {
  if (hasKernel("FlowcAddRmsNorm")) return run("FlowcAddRmsNorm", { x, delta, weight }, { epsilon });
  const sum = tf.add(x, delta) as tf.Tensor2D;
  return [sum, rmsNorm(sum, weight, epsilon)];
}

/** silu(gate) · up of `[N, 2 f]`, gate and up side by side: `[N, f]`. */
export function swiGluPair(x: tf.Tensor2D): tf.Tensor2D {
  if (hasKernel("FlowcSwiGluPair")) return run("FlowcSwiGluPair", { x });
  const [gate, up] = tf.split(x, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return swiGlu(gate, up);
}

/** A constant matrix `[rows, columns]` in the form in which the current backend multiplies by it fastest. */
export interface Matrix {
  readonly columns: number;
  readonly packed: boolean;
  readonly tensor: tf.Tensor;
}

/** Weights `[out, in]` of layers that share their input, transposed and side by side. The caller disposes the tensor. */
export function prepareMatrix(weights: readonly tf.Tensor2D[]): Matrix {
  return tf.tidy(() => {
    const stacked = weights.length === 1 ? weights[0]! : (tf.concat([...weights], 0) as tf.Tensor2D);
    const columns = stacked.shape[0];
    const packed = hasKernel("FlowcPack");
    const tensor = packed ? run<tf.Tensor>("FlowcPack", { b: stacked }) : tf.transpose(stacked);
    return { columns, packed, tensor: tf.keep(tensor) };
  });
}

/** x `[N, in]` times a matrix `[in, out]`, plus bias `[out]`. */
export function multiply(x: tf.Tensor2D, matrix: Matrix, bias?: tf.Tensor1D): tf.Tensor2D {
  const { columns: n, packed, tensor } = matrix;
  const y = packed
    ? run<tf.Tensor2D>("FlowcMatMul", { a: x, packed: tensor }, { n })
    : (tf.matMul(x, tensor as tf.Tensor2D) as tf.Tensor2D);
  return bias === undefined ? y : tf.add(y, bias);
}

/** A low-rank addition to some columns of a linear layer's output: a `[r, in]`, b `[r, out]`. */
export interface LowRank {
  readonly a: tf.Tensor2D;
  readonly b: tf.Tensor2D;
  readonly scale: number;
  /** The first of the columns it adds to. */
  readonly column: number;
}

/** Consecutive rows, and what is added to them. */
export interface LowRankRows {
  readonly start: number;
  readonly rows: number;
  readonly additions: readonly LowRank[];
}

/**
 * y + scale · x Aᵀ B for each group of rows, which each have an adapter of their own.
 *
 * @returns y itself, changed in place, or a new tensor: use it in y's stead.
 */
export function addLowRank(y: tf.Tensor2D, x: tf.Tensor2D, groups: readonly LowRankRows[]): tf.Tensor2D {
  if (groups.every((group) => group.additions.length === 0)) return y;
  if (hasKernel("FlowcAddLowRank")) {
    for (const { start, rows, additions } of groups) {
      for (const { a, b, scale, column } of additions) {
        run("FlowcAddLowRank", { x, a, b, y }, { scale, start, rows, column });
      }
    }
    return y;
  }
  const width = y.shape[1];
  const parts = groups.map(({ start, rows, additions }) => {
    const input = tf.slice(x, [start, 0], [rows, -1]);
    return additions.reduce(
      (sum, { a, b, scale, column }) => {
        const low = tf.mul(tf.matMul(input, a, false, true), scale) as tf.Tensor2D;
        const added = tf.matMul(low, b) as tf.Tensor2D;
        return tf.add(
          sum,
          tf.pad(added, [
            [0, 0],
            [column, width - column - b.shape[1]],
          ]),
        ) as tf.Tensor2D;
      },
      tf.slice(y, [start, 0], [rows, -1]) as tf.Tensor2D,
    );
  });
  return tf.concat(parts, 0);
}
