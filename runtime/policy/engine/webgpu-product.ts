import type * as tf from "@tensorflow/tfjs-core";
import { type Operands, productOf, type Transposes } from "./product.js";
import { runTeams, type WebGpuBackend } from "./webgpu-program.js";

/** Multiplications and additions of a product that is small enough for a team of threads per element of the result. */
const SMALL_PRODUCT = 1 << 22;
/** Rows of a product of which one has too few at any size: the stock program computes 32 at once. */
const FEW_ROWS = 4;
/** Terms of a sum from which on several threads share it, and how many. */
const LONG_SUM = 256;
const SHARES = 16;

/**
 * A small product. The stock program works in tiles of 32 by 32, of which a small one fills few; it is compiled anew for
 * each way in which shapes fit tiles, and on a CPU that takes longer than a thousand small products.
 */
export function smallProduct(
  backend: WebGpuBackend,
  { a, b }: Operands,
  { transposeA, transposeB }: Transposes,
): tf.TensorInfo | undefined {
  const { left, right, outer, batch, m, k, n } = productOf({ a, b }, { transposeA, transposeB });
  if (batch * m * k * n > SMALL_PRODUCT && m > FEW_ROWS) return undefined;
  return runTeams(backend, {
    name: k < LONG_SUM ? "short product" : "small product",
    inputs: { a, b },
    integers: {
      m,
      k,
      n,
      batchA: left.batch === 1 ? 0 : m * k,
      batchB: right.batch === 1 ? 0 : k * n,
      rowA: transposeA ? 1 : k,
      stepA: transposeA ? m : 1,
      stepB: transposeB ? 1 : n,
      columnB: transposeB ? k : 1,
    },
    teams: batch * m * n,
    lanes: k < LONG_SUM ? 1 : SHARES,
    across: !transposeB,
    output: [...outer, m, n],
    part: `
      let column = team % uniforms.n;
      let row = (team / uniforms.n) % uniforms.m;
      let batch = team / (uniforms.n * uniforms.m);
      let begin = batch * uniforms.batchA + row * uniforms.rowA;
      let to = batch * uniforms.batchB + column * uniforms.columnB;
      for (var i = lane; i < uniforms.k; i += lanes) {
        part += a[begin + i * uniforms.stepA] * b[to + i * uniforms.stepB];
      }`,
    code: "if (lane == 0) { result[team] = sum; }",
  });
}
