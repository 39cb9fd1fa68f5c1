import * as tf from "@tensorflow/tfjs";
import { type Operands, productOf, type Transposes } from "./product.js";
import { sizeOf } from "./wasm-heap.js";
import {
  type AttentionAttrs,
  type AttentionInputs,
  attendBackward,
  attendForward,
} from "./webgpu-attention.js";
import { runShader, runTeams, type WebGpuBackend } from "./webgpu-program.js";

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
function smallProduct(
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

/** Its number in `WEBGPU_MATMUL_PROGRAM_TYPE`. */
const PACKED_PRODUCT = 3;

type Inputs = Record<string, tf.TensorInfo>;
type Kernel = (backend: WebGpuBackend, inputs: Inputs, attrs: never) => tf.TensorInfo | tf.TensorInfo[];

const kernels: Readonly<Record<string, Kernel>> = {
  /** q `[N, H d]`, k and v `[S, G d]` -> [out like q]; the rest is `Packing`'s. */
  FlowcAttend: (backend, inputs, attrs: AttentionAttrs) => [
    attendForward(backend, inputs as AttentionInputs, attrs),
  ],

  /** -> [dq, dk, dv]. */
  FlowcAttendGrad(backend, inputs, attrs: AttentionAttrs) {
    const { dy, q, k, v, slots, contexts, positions } = inputs as AttentionInputs & { dy: tf.TensorInfo };
    return attendBackward(backend, { dy, q, k, v, slots, contexts, positions }, attrs);
  },

  /** x `[..., d]`, weight `[d]` -> [y like x, the rows' inverse norms]. */
  FlowcRmsNorm(backend, inputs, { epsilon }: { epsilon: number }) {
    const { x, weight } = inputs as Record<"x" | "weight", tf.TensorInfo>;
    const inverse = runTeams(backend, {
      name: "inverse norms",
      inputs: { x },
      ...ofRows(x),
      floats: { epsilon },
      output: x.shape.slice(0, -1),
      part: `
        for (var i = lane; i < uniforms.width; i += lanes) {
          let value = x[team * uniforms.width + i];
          part += value * value;
        }`,
      code: "if (lane == 0) { result[team] = 1.0 / sqrt(sum / f32(uniforms.width) + uniforms.epsilon); }",
    });
    return [normed(backend, x, weight, epsilon), inverse];
  },

  /** -> dx, or [dx, dweight] if the weight is trained. */
  FlowcRmsNormGrad(backend, inputs, { trained }: { trained: boolean }) {
    const { dy, x, weight, inverse } = inputs as Record<"dy" | "x" | "weight" | "inverse", tf.TensorInfo>;
    const width = x.shape[x.shape.length - 1]!;
    const dx = runTeams(backend, {
      name: "norm backward",
      inputs: { dy, x, weight, inverse },
      ...ofRows(x),
      output: x.shape,
      part: `
        for (var i = lane; i < uniforms.width; i += lanes) {
          let at = team * uniforms.width + i;
          part += dy[at] * weight[i] * x[at];
        }`,
      code: `
        let scale = inverse[team];
        let mean = sum * scale * scale / f32(uniforms.width);
        for (var i = lane; i < uniforms.width; i += lanes) {
          let at = team * uniforms.width + i;
          result[at] = scale * (dy[at] * weight[i] - mean * x[at]);
        }`,
    });
    if (!trained) return dx;
    const rows = sizeOf(x.shape) / width;
    const dWeight = runTeams(backend, {
      name: "norm's weight backward",
      inputs: { dy, x, inverse },
      integers: { width, rows },
      teams: width,
      lanes: WIDE,
      output: weight.shape,
      part: `
        for (var row = lane; row < uniforms.rows; row += lanes) {
          let at = row * uniforms.width + team;
          part += dy[at] * x[at] * inverse[row];
        }`,
      code: "if (lane == 0) { result[team] = sum; }",
    });
    return [dx, dWeight];
  },

  /** x and delta `[N, d]` -> [x + delta, its norm]. */
  FlowcAddRmsNorm(backend, inputs, { epsilon }: { epsilon: number }) {
    const { x, delta, weight } = inputs as Record<"x" | "delta" | "weight", tf.TensorInfo>;
    const sum = elementwise(backend, "sum", { x, delta }, "x[index] + delta[index]");
    return [sum, normed(backend, sum, weight, epsilon)];
  },

  /** gate and up of one shape. */
  FlowcSwiGlu(backend, inputs) {
    const { gate, up } = inputs as Record<"gate" | "up", tf.TensorInfo>;
    return elementwise(backend, "gated", { gate, up }, "gate[index] / (1.0 + exp(-gate[index])) * up[index]");
  },

  /** -> [dgate, dup]. */
  FlowcSwiGluGrad(backend, inputs) {
    const { dy, gate, up } = inputs as Record<"dy" | "gate" | "up", tf.TensorInfo>;
    const open = "(1.0 / (1.0 + exp(-gate[index])))";
    return [
      elementwise(
        backend,
        "gate backward",
        { dy, gate, up },
        `dy[index] * up[index] * ${open} * (1.0 + gate[index] * (1.0 - ${open}))`,
      ),
      elementwise(backend, "gated backward", { dy, gate }, `dy[index] * gate[index] * ${open}`),
    ];
  },

  /** x `[N, 2 f]`, gate and up side by side -> silu(gate) up, `[N, f]`. */
  FlowcSwiGluPair(backend, inputs) {
    const { x } = inputs as Record<"x", tf.TensorInfo>;
    const [rows, pair] = x.shape as [number, number];
    const width = pair / 2;
    return runShader(backend, {
      name: "gated pair",
      inputs: { x },
      integers: { width },
      threads: rows * width,
      output: [rows, width],
      code: `
        let at = (index / uniforms.width) * 2 * uniforms.width + index % uniforms.width;
        result[index] = x[at] / (1.0 + exp(-x[at])) * x[at + uniforms.width];`,
    });
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

/** Threads of a team that has a whole row. */
const WIDE = 64;

/** A team for each row of x. */
function ofRows(x: tf.TensorInfo): Pick<Parameters<typeof runTeams>[1], "integers" | "teams" | "lanes"> {
  const width = x.shape[x.shape.length - 1]!;
  return { integers: { width }, teams: sizeOf(x.shape) / width, lanes: WIDE };
}

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis. */
function normed(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  weight: tf.TensorInfo,
  epsilon: number,
): tf.TensorInfo {
  return runTeams(backend, {
    name: "norm",
    inputs: { x, weight },
    ...ofRows(x),
    floats: { epsilon },
    output: x.shape,
    part: `
      for (var i = lane; i < uniforms.width; i += lanes) {
        let value = x[team * uniforms.width + i];
        part += value * value;
      }`,
    code: `
      let scale = 1.0 / sqrt(sum / f32(uniforms.width) + uniforms.epsilon);
      for (var i = lane; i < uniforms.width; i += lanes) {
        let at = team * uniforms.width + i;
        result[at] = x[at] * scale * weight[i];
      }`,
  });
}

/** An expression of the elements at `index` of arrays of one shape. */
function elementwise(
  backend: WebGpuBackend,
  name: string,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  expression: string,
): tf.TensorInfo {
  const [first] = Object.values(inputs) as [tf.TensorInfo];
  const threads = sizeOf(first.shape);
  return runShader(backend, {
    name,
    inputs,
    threads,
    output: first.shape,
    code: `result[index] = ${expression};`,
  });
}

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
