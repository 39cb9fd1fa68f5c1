import * as tf from "@tensorflow/tfjs-core";
import { instantiateKernels, type SimdKernels } from "./simd/instance.js";
import { guardWasmHeap, pointer, sizeOf, type WasmBackend, wasmHeap } from "./wasm-heap.js";

/**
 * The decoder's operations as kernels of the wasm backend: one pass each, where stock operations need many, and
 * row by row in a fixed order, so that a row's result never depends on its batch. Each has a composition of stock
 * operations (`runtime/policy/model/operations.ts`), which every other backend runs and against which it is tested.
 */
export function registerWasmKernels(): SimdKernels {
  const backend = tf.backend() as unknown as WasmBackend;
  guardWasmHeap(backend);
  const simd = instantiateKernels(backend);
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: "wasm",
      kernelFunc: ({ inputs, attrs }) =>
        kernel({ backend, simd, at: (t) => pointer(backend, t) }, inputs as Inputs, attrs as never),
    });
  }
  return simd;
}

interface Context {
  readonly backend: WasmBackend;
  readonly simd: SimdKernels;
  /** Where a tensor's values are. */
  readonly at: (tensor: tf.TensorInfo) => number;
}
type Inputs = Record<string, tf.TensorInfo>;
type Kernel = (context: Context, inputs: Inputs, attrs: never) => tf.TensorInfo | tf.TensorInfo[];

const like = (backend: WasmBackend, tensor: tf.TensorInfo): tf.TensorInfo =>
  backend.makeOutput(tensor.shape, "float32");
const rowsOf = (tensor: tf.TensorInfo): readonly [number, number] => {
  const width = tensor.shape[tensor.shape.length - 1]!;
  return [sizeOf(tensor.shape) / width, width];
};

const kernels: Readonly<Record<string, Kernel>> = {
  /** b `[n, k]` -> its transpose in the form that `FlowcMatMul` wants. */
  FlowcPack({ backend, simd, at }, inputs) {
    const { b } = inputs as Record<"b", tf.TensorInfo>;
    const [n, k] = b.shape as [number, number];
    const packed = backend.makeOutput([simd.packedSize(k, n)], "float32");
    simd.pack(at(b), 1, at(packed), k, n);
    return packed;
  },

  /** a `[m, k]` times a packed matrix of n columns. */
  FlowcMatMul({ backend, simd, at }, inputs, { n }: { n: number }) {
    const { a, packed } = inputs as Record<"a" | "packed", tf.TensorInfo>;
    const [m, k] = a.shape as [number, number];
    const out = backend.makeOutput([m, n], "float32");
    const scratch = backend.makeOutput([simd.scratchSize()], "float32");
    simd.matMul(at(a), 0, at(packed), at(out), m, k, n, at(scratch));
    backend.disposeData(scratch.dataId);
    return out;
  },

  /** x `[..., d]`, weight `[d]` -> [y like x, the rows' inverse norms]. */
  FlowcRmsNorm({ backend, simd, at }, inputs, { epsilon }: { epsilon: number }) {
    const { x, weight } = inputs as { x: tf.TensorInfo; weight: tf.TensorInfo };
    const [rows, width] = rowsOf(x);
    const y = like(backend, x);
    const inverse = backend.makeOutput([rows], "float32");
    simd.rmsNorm(at(x), at(weight), at(y), at(inverse), rows, width, epsilon);
    return [y, inverse];
  },

  /** -> dx, or [dx, dweight] if the weight is trained. */
  FlowcRmsNormGrad({ backend, simd, at }, inputs, { trained }: { trained: boolean }) {
    const { dy, x, weight, inverse } = inputs as Record<"dy" | "x" | "weight" | "inverse", tf.TensorInfo>;
    const [rows, width] = rowsOf(x);
    const dx = like(backend, x);
    const dWeight = trained ? like(backend, weight) : undefined;
    if (dWeight !== undefined) wasmHeap(backend, dWeight).fill(0);
    simd.rmsNormGrad(
      at(dy),
      at(x),
      at(weight),
      at(inverse),
      at(dx),
      dWeight === undefined ? 0 : at(dWeight),
      rows,
      width,
    );
    return dWeight === undefined ? dx : [dx, dWeight];
  },

  /** x `[N, heads * headDim]`, positions `[N]`, cos and sin `[P, half]`. */
  FlowcRotary({ backend, simd, at }, inputs, { headDim, inverse }: { headDim: number; inverse: boolean }) {
    const { x, positions, cos, sin } = inputs as Record<"x" | "positions" | "cos" | "sin", tf.TensorInfo>;
    const [rows, width] = rowsOf(x);
    const half = cos.shape[1]!;
    const y = like(backend, x);
    const heads = width / headDim;
    simd.rotary(at(x), at(y), at(cos), at(sin), at(positions), rows, heads, headDim, half, inverse ? -1 : 1);
    return y;
  },

  /**
   * x `[N, (H + 2 G) d]`: queries, keys and values side by side -> the queries, rotated; keys (rotated) and values are
   * written to their rows' slots of the given tensors, in place.
   */
  FlowcSplitQkv({ backend, simd, at }, inputs, { heads, groups }: { heads: number; groups: number }) {
    const { x, keys, values, own, positions, cos, sin } = inputs as Record<
      "x" | "keys" | "values" | "own" | "positions" | "cos" | "sin",
      tf.TensorInfo
    >;
    const [rows, width] = rowsOf(x);
    const dim = width / (heads + 2 * groups);
    const q = backend.makeOutput([rows, heads * dim], "float32");
    simd.splitQkv(
      at(x),
      at(q),
      at(keys),
      at(values),
      at(own),
      at(cos),
      at(sin),
      at(positions),
      rows,
      heads,
      groups,
      dim,
      cos.shape[1]!,
    );
    return q;
  },

  /** x and delta `[N, d]` -> [x + delta, its norm]. */
  FlowcAddRmsNorm({ backend, simd, at }, inputs, { epsilon }: { epsilon: number }) {
    const { x, delta, weight } = inputs as Record<"x" | "delta" | "weight", tf.TensorInfo>;
    const [rows, width] = rowsOf(x);
    const sum = like(backend, x);
    const y = like(backend, x);
    simd.addRmsNorm(at(x), at(delta), at(weight), at(sum), at(y), rows, width, epsilon);
    return [sum, y];
  },

  /** y += scale · x Aᵀ Bᵀ for some rows and columns of y, in place. a `[r, in]`, b `[r, out]`. */
  FlowcAddLowRank(
    { simd, at },
    inputs,
    attrs: { scale: number; start: number; rows: number; column: number },
  ) {
    const { x, a, b, y } = inputs as Record<"x" | "a" | "b" | "y", tf.TensorInfo>;
    const [rank, input] = rowsOf(a);
    const stride = y.shape[1]!;
    simd.addLowRank(
      at(x) + 4 * attrs.start * input,
      at(a),
      at(b),
      at(y) + 4 * (attrs.start * stride + attrs.column),
      stride,
      attrs.rows,
      input,
      rank,
      b.shape[1]!,
      attrs.scale,
    );
    return [];
  },

  /** x `[S, d]` -> `[rows, d]`: x and, after it, rows of which nothing is known. */
  FlowcGrow({ backend, at }, inputs, { rows }: { rows: number }) {
    const { x } = inputs as Record<"x", tf.TensorInfo>;
    const out = backend.makeOutput([rows, x.shape[1]!], "float32");
    const bytes = 4 * sizeOf(x.shape);
    backend.wasm.HEAPU8.copyWithin(at(out), at(x), at(x) + bytes);
    return out;
  },

  /** x `[N, 2 f]`, gate and up side by side -> silu(gate) up, `[N, f]`. */
  FlowcSwiGluPair({ backend, simd, at }, inputs) {
    const { x } = inputs as Record<"x", tf.TensorInfo>;
    const [rows, width] = rowsOf(x);
    const y = backend.makeOutput([rows, width / 2], "float32");
    simd.swiGlu(at(x), at(x) + 2 * width, width, at(y), rows, width / 2);
    return y;
  },

  /** q `[N, H d]`, k and v `[S, G d]` -> [out like q, lse `[N, H]`]; the rest is `Packing`'s. */
  FlowcAttend({ backend, simd, at }, inputs, { heads, groups, longest }: AttentionAttrs) {
    const { q, k, v, slots, contexts, positions } = inputs as AttentionInputs;
    const [rows, width] = rowsOf(q);
    const out = like(backend, q);
    const lse = backend.makeOutput([rows, heads], "float32");
    const scratch = backend.makeOutput([longest + 4], "float32");
    const dim = width / heads;
    simd.attend(
      at(q),
      at(k),
      at(v),
      groups * dim,
      at(slots),
      at(contexts),
      at(positions),
      at(out),
      at(lse),
      at(scratch),
      rows,
      heads,
      groups,
      dim,
      dim ** -0.5,
    );
    backend.disposeData(scratch.dataId);
    return [out, lse];
  },

  /** -> [dq, dk, dv]. */
  FlowcAttendGrad({ backend, simd, at }, inputs, { heads, groups, longest }: AttentionAttrs) {
    const { dy, q, k, v, slots, contexts, positions, out, lse } = inputs as AttentionInputs &
      Record<"dy" | "out" | "lse", tf.TensorInfo>;
    const [rows, width] = rowsOf(q);
    const dq = like(backend, q);
    const dk = like(backend, k);
    const dv = like(backend, v);
    const scratch = backend.makeOutput([2 * (longest + 4)], "float32");
    wasmHeap(backend, dk).fill(0);
    wasmHeap(backend, dv).fill(0);
    const dim = width / heads;
    simd.attendGrad(
      at(dy),
      at(q),
      at(k),
      at(v),
      groups * dim,
      at(slots),
      at(contexts),
      at(positions),
      at(out),
      at(lse),
      at(dq),
      at(dk),
      at(dv),
      at(scratch),
      rows,
      heads,
      groups,
      dim,
      dim ** -0.5,
    );
    backend.disposeData(scratch.dataId);
    return [dq, dk, dv];
  },

  /** gate and up of one shape. */
  FlowcSwiGlu({ backend, simd, at }, inputs) {
    const { gate, up } = inputs as Record<"gate" | "up", tf.TensorInfo>;
    const [rows, width] = rowsOf(gate);
    const y = like(backend, gate);
    simd.swiGlu(at(gate), at(up), width, at(y), rows, width);
    return y;
  },

  /** -> [dgate, dup]. */
  FlowcSwiGluGrad({ backend, simd, at }, inputs) {
    const { dy, gate, up } = inputs as Record<"dy" | "gate" | "up", tf.TensorInfo>;
    const dGate = like(backend, gate);
    const dUp = like(backend, up);
    simd.swiGluGrad(at(dy), at(gate), at(up), at(dGate), at(dUp), sizeOf(gate.shape));
    return [dGate, dUp];
  },

  /** logits `[N, V]`, targets `[N]` int32 -> `[N]`. */
  FlowcTokenLogProbs({ backend, simd, at }, inputs) {
    const { logits, targets } = inputs as Record<"logits" | "targets", tf.TensorInfo>;
    const [rows, width] = rowsOf(logits);
    const out = backend.makeOutput([rows], "float32");
    checkIds(backend, targets, width);
    simd.tokenLogProbs(at(logits), at(targets), at(out), rows, width);
    return out;
  },

  FlowcTokenLogProbsGrad({ backend, simd, at }, inputs) {
    const { dy, logits, targets, logProbs } = inputs as Record<
      "dy" | "logits" | "targets" | "logProbs",
      tf.TensorInfo
    >;
    const [rows, width] = rowsOf(logits);
    const dx = like(backend, logits);
    simd.tokenLogProbsGrad(at(dy), at(logits), at(targets), at(logProbs), at(dx), rows, width);
    return dx;
  },

  /** Rows of table `[V, d]` at ids (any shape, int32): `[...ids, d]`. */
  FlowcEmbed({ backend }, inputs) {
    const { table, ids } = inputs as Record<"table" | "ids", tf.TensorInfo>;
    const [rows, width] = rowsOf(table);
    checkIds(backend, ids, rows);
    const out = backend.makeOutput([...ids.shape, width], "float32");
    const from = wasmHeap(backend, table);
    const to = wasmHeap(backend, out);
    for (const [i, id] of wasmHeap(backend, ids).entries()) {
      to.set(from.subarray(id * width, (id + 1) * width), i * width);
    }
    return out;
  },
};

interface AttentionAttrs {
  readonly heads: number;
  readonly groups: number;
  /** The most slots that a row sees. */
  readonly longest: number;
}
type AttentionInputs = Record<"q" | "k" | "v" | "slots" | "contexts" | "positions", tf.TensorInfo>;

/** An id outside the table would read foreign memory. */
function checkIds(backend: WasmBackend, ids: tf.TensorInfo, limit: number): void {
  for (const id of wasmHeap(backend, ids)) {
    if (!(id >= 0 && id < limit))
      throw new RangeError(`token id ${id} is outside the vocabulary of ${limit}`);
  }
}
