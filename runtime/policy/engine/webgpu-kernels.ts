import * as tf from "@tensorflow/tfjs-core";
import type { Operands, Transposes } from "./product.js";
import {
  type AttentionAttrs,
  type AttentionInputs,
  attendBackward,
  attendForward,
} from "./webgpu-attention.js";
import { smallProduct } from "./webgpu-product.js";
import { type Inputs, type Kernel, runShader, type WebGpuBackend } from "./webgpu-program.js";
import { rowKernels } from "./webgpu-rows.js";

/**
 * Operations of the decoder as kernels of the WebGPU backend: those that stock operations compose of very many
 * programs, or whose stock kernel adds up in an order that changes from run to run. The rest stays composed
 * (`runtime/policy/model/operations.ts`).
 */
export function registerWebGpuKernels(): void {
  // The one product of the stock backend in which a row's sums have one order, whatever rows stand beside it.
  tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", PACKED_PRODUCT);
  // Where a small tensor happens to lie is not to decide who computes with it.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  if (tf.getKernel("FlowcAttend", "webgpu") !== undefined) return;
  const stock = tf.getKernel("BatchMatMul", "webgpu").kernelFunc;
  tf.unregisterKernel("BatchMatMul", "webgpu");
  tf.registerKernel({
    kernelName: "BatchMatMul",
    backendName: "webgpu",
    kernelFunc: (given) =>
      smallProduct(
        given.backend as WebGpuBackend,
        given.inputs as unknown as Operands,
        given.attrs as unknown as Transposes,
      ) ?? stock(given),
  });
  tf.unregisterKernel("UnsortedSegmentSum", "webgpu");
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: "webgpu",
      kernelFunc: ({ inputs, backend, attrs }) =>
        kernel(backend as WebGpuBackend, inputs as Inputs, attrs as never),
    });
  }
}

/** Its number in `WEBGPU_MATMUL_PROGRAM_TYPE`. */
const PACKED_PRODUCT = 3;

const kernels: Readonly<Record<string, Kernel>> = {
  ...rowKernels,

  /** q `[N, H d]`, k and v `[S, G d]` -> [out like q]; the rest is `Packing`'s. */
  FlowcAttend: (backend, inputs, attrs: AttentionAttrs) => [
    attendForward(backend, inputs as AttentionInputs, attrs),
  ],

  /** -> [dq, dk, dv]. */
  FlowcAttendGrad(backend, inputs, attrs: AttentionAttrs) {
    const { dy, q, k, v, slots, contexts, positions } = inputs as AttentionInputs & { dy: tf.TensorInfo };
    return attendBackward(backend, { dy, q, k, v, slots, contexts, positions }, attrs);
  },

  /** x `[N, heads * headDim]`, positions `[N]`, cos and sin `[P, half]`. */
  FlowcRotary(backend, inputs, { headDim, inverse }: { headDim: number; inverse: boolean }) {
    const { x, positions, cos, sin } = inputs as Record<"x" | "positions" | "cos" | "sin", tf.TensorInfo>;
    const part = { heads: x.shape[1]! / headDim, dim: headDim, column: 0, sign: inverse ? -1 : 1 };
    return rotate(backend, { x, positions, cosines: cos, sines: sin }, part, x.shape);
  },

  /**
   * x `[N, (H + 2 G) d]`: queries, keys and values side by side -> the queries, rotated; keys (rotated) and values are
   * written to their rows' slots of the given tensors, in place.
   */
  FlowcSplitQkv(backend, inputs, { heads, groups }: { heads: number; groups: number }) {
    const { x, keys, values, own, positions, cos, sin } = inputs as Record<
      "x" | "keys" | "values" | "own" | "positions" | "cos" | "sin",
      tf.TensorInfo
    >;
    const dim = x.shape[1]! / (heads + 2 * groups);
    const tables = { x, positions, cosines: cos, sines: sin };
    const at = { heads: groups, dim, column: heads * dim, sign: 1 };
    rotate(backend, { ...tables, own }, at, keys);
    runShader(backend, {
      name: "store rows",
      inputs: { x, own },
      integers: { width: groups * dim, stride: x.shape[1]!, column: (heads + groups) * dim },
      threads: x.shape[0]! * groups * dim,
      output: values,
      code: `
        let row = index / uniforms.width;
        let i = index % uniforms.width;
        result[own[row] * uniforms.width + i] = x[row * uniforms.stride + uniforms.column + i];`,
    });
    return rotate(backend, tables, { heads, dim, column: 0, sign: 1 }, [x.shape[0]!, heads * dim]);
  },

  /** y += scale · x Aᵀ B for some rows and columns of y, in place. a `[r, in]`, b `[r, out]`. */
  FlowcAddLowRank(backend, inputs, attrs: { scale: number; start: number; rows: number; column: number }) {
    const { x, a, b, y } = inputs as Record<"x" | "a" | "b" | "y", tf.TensorInfo>;
    const { scale, start, rows, column } = attrs;
    const [rank, input] = a.shape as [number, number];
    const width = b.shape[1]!;
    const low = runShader(backend, {
      name: "low rank in",
      inputs: { x, a },
      integers: { rank, input, start },
      floats: { scale },
      threads: rows * rank,
      output: [Math.max(rows, 1), rank],
      code: `
        let source = (uniforms.start + index / uniforms.rank) * uniforms.input;
        let to = (index % uniforms.rank) * uniforms.input;
        var sum = 0.0;
        for (var i = 0; i < uniforms.input; i++) { sum += x[source + i] * a[to + i]; }
        result[index] = uniforms.scale * sum;`,
    });
    runShader(backend, {
      name: "low rank out",
      inputs: { low, b },
      integers: { rank, width, start, column, stride: y.shape[1]! },
      threads: rows * width,
      output: y,
      code: `
        let row = index / uniforms.width;
        let i = index % uniforms.width;
        var sum = 0.0;
        for (var r = 0; r < uniforms.rank; r++) {
          sum += low[row * uniforms.rank + r] * b[r * uniforms.width + i];
        }
        result[(uniforms.start + row) * uniforms.stride + uniforms.column + i] += sum;`,
    });
    backend.disposeData(low.dataId);
    return [];
  },

  /** Sums the rows of `x` that share a segment id into that row of the result, in ascending order. */
  UnsortedSegmentSum(backend, inputs, { numSegments }: { numSegments: number }) {
    const { x, segmentIds } = inputs as Record<"x" | "segmentIds", tf.TensorInfo>;
    const inner = x.shape.slice(segmentIds.shape.length);
    const width = inner.reduce((n, d) => n * d, 1);
    return runShader(backend, {
      name: "segment sum",
      inputs: { x, segmentIds },
      integers: { width, rows: segmentIds.shape.reduce((n, d) => n * d, 1) },
      threads: numSegments * width,
      output: [numSegments, ...inner],
      code: `
        let segment = index / uniforms.width;
        let i = index % uniforms.width;
        var sum = 0.0;
        for (var row = 0; row < uniforms.rows; row++) {
          if (segmentIds[row] == segment) { sum += x[row * uniforms.width + i]; }
        }
        result[index] = sum;`,
    });
  },
};

interface Rotated {
  readonly heads: number;
  readonly dim: number;
  /** Where the heads begin in a row of x. */
  readonly column: number;
  /** -1 turns the other way. */
  readonly sign: number;
}

/**
 * Rotates some columns of x's rows, into the rows `own` of the output if that is given. A thread has a pair of a head's
 * elements: one that is rotated, or one of those after them, which are copied.
 */
function rotate(
  backend: WebGpuBackend,
  inputs: Readonly<Record<"x" | "positions" | "cosines" | "sines", tf.TensorInfo>> & {
    readonly own?: tf.TensorInfo;
  },
  { heads, dim, column, sign }: Rotated,
  output: readonly number[] | tf.TensorInfo,
): tf.TensorInfo {
  const { x, cosines, own } = inputs;
  const half = cosines.shape[1]!;
  return runShader(backend, {
    name: own === undefined ? "rotate" : "rotate into slots",
    inputs,
    integers: { heads, dim, half, stride: x.shape[1]!, column, sign },
    threads: x.shape[0]! * heads * (dim / 2),
    output,
    code: `
      let pairs = uniforms.dim / 2;
      let row = index / (uniforms.heads * pairs);
      let head = (index / pairs) % uniforms.heads;
      let i = index % pairs;
      let source = row * uniforms.stride + uniforms.column + head * uniforms.dim;
      let to = (${own === undefined ? "row" : "own[row]"} * uniforms.heads + head) * uniforms.dim;
      if (i >= uniforms.half) {
        result[to + 2 * i] = x[source + 2 * i];
        result[to + 2 * i + 1] = x[source + 2 * i + 1];
        return;
      }
      let at = positions[row] * uniforms.half + i;
      let c = cosines[at];
      let s = sines[at] * f32(uniforms.sign);
      let a = x[source + i];
      let b = x[source + uniforms.half + i];
      result[to + i] = a * c - b * s;
      result[to + uniforms.half + i] = b * c + a * s;`,
  });
}
