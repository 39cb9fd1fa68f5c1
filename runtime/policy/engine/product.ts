import type * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "./wasm-heap.js";

/** What the kernel `BatchMatMul` is given. */
export interface Operands {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
}

export interface Transposes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** A product of batches of matrices: `batch` times `[m, k]` by `[k, n]`. */
export interface Product {
  readonly left: Operand;
  readonly right: Operand;
  /** The shape before the last two axes. */
  readonly outer: readonly number[];
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** What is to be multiplied. @throws Error if the operands do not fit */
export function productOf({ a, b }: Operands, { transposeA, transposeB }: Transposes): Product {
  if (a.dtype !== "float32" || b.dtype !== "float32") throw new Error("BatchMatMul takes float32 tensors");
  const left = operandOf(a, transposeA);
  const right = operandOf(b, transposeB);
  const outer = broadcast(left.outer, right.outer);
  const batch = sizeOf(outer);
  const fits = (d: Operand): boolean => d.batch === batch || d.batch === 1;
  if (left.columns !== right.rows || !fits(left) || !fits(right)) {
    throw new Error(`BatchMatMul cannot multiply [${a.shape}] by [${b.shape}]`);
  }
  return { left, right, outer, batch, m: left.rows, k: left.columns, n: right.columns };
}

export interface Operand {
  readonly outer: readonly number[];
  readonly batch: number;
  /** Rows and columns of one matrix as it enters the product, after transposition. */
  readonly rows: number;
  readonly columns: number;
}

function operandOf(t: tf.TensorInfo, transposed: boolean): Operand {
  const outer = t.shape.slice(0, -2);
  const [rows, columns] = t.shape.slice(-2) as [number, number];
  const batch = sizeOf(outer);
  return transposed ? { outer, batch, rows: columns, columns: rows } : { outer, batch, rows, columns };
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) =>
    Math.max(a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1),
  );
}
