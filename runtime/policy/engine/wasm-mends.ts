import * as tf from "@tensorflow/tfjs";
import type { SimdKernels } from "./simd/instance.js";
import { pointer, type WasmBackend, wasmHeap } from "./wasm-heap.js";

/**
 * Two mends of TensorFlow.js's wasm backend.
 *
 * `BatchMatMul`: the stock kernel is fast (XNNPACK) only for rank 2 without transposes, more than ten times slower
 * otherwise. Here operands are transposed first and a batch is a loop over the fast path.
 * `UnsortedSegmentSum`: the gradient of gather, which the stock backend lacks.
 */
export function mendWasmKernels(simd: SimdKernels): void {
  mendBatchMatMul(simd);
  tf.registerKernel({
    kernelName: "UnsortedSegmentSum",
    backendName: "wasm",
    kernelFunc: unsortedSegmentSum,
  });
}

function mendBatchMatMul(simd: SimdKernels): void {
  const stock = tf.getKernel("BatchMatMul", "wasm");
  if (stock === undefined) throw new Error("the wasm backend registers no BatchMatMul");
  const wasm = (tf.backend() as unknown as WasmBackend).wasm;
  const multiply = wasm.cwrap("BatchMatMul", null, [
    "number",
    "array",
    "number",
    "number",
    "array",
    "number",
    "number",
    "number",
    "number",
  ]);
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({ ...stock, kernelFunc: (args) => batchMatMul(args, multiply, simd) });
}

type Multiply = (...args: unknown[]) => void;

function batchMatMul(
  args: { inputs: tf.NamedTensorInfoMap; backend: unknown; attrs?: tf.NamedAttrMap },
  multiply: Multiply,
  simd: SimdKernels,
): tf.TensorInfo {
  const backend = args.backend as WasmBackend;
  const { a, b } = args.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const { transposeA, transposeB } = args.attrs as unknown as { transposeA: boolean; transposeB: boolean };
  const left = dims(a, transposeA);
  const right = dims(b, transposeB);
  if (a.dtype !== "float32" || b.dtype !== "float32") throw new Error("BatchMatMul takes float32 tensors");
  if (left.columns !== right.rows) {
    throw new Error(`BatchMatMul cannot multiply [${a.shape}] by [${b.shape}]`);
  }
  const outer = broadcast(left.outer, right.outer);
  const batch = outer.reduce((n, d) => n * d, 1);
  if (left.batch !== batch && left.batch !== 1) throw new Error(`BatchMatMul cannot broadcast [${a.shape}]`);
  if (right.batch !== batch && right.batch !== 1)
    throw new Error(`BatchMatMul cannot broadcast [${b.shape}]`);
  const out = backend.makeOutput([...outer, left.rows, right.columns], "float32");
  if (batch === 0 || left.rows === 0 || right.columns === 0) return out;

  const made: tf.TensorInfo[] = [];
  const plain = (t: tf.TensorInfo, d: Dims, transposed: boolean): tf.TensorInfo => {
    if (!transposed) return t;
    const copy = transposeInner(backend, t, d, simd);
    made.push(copy);
    return copy;
  };
  const x = plain(a, left, transposeA);
  const y = plain(b, right, transposeB);
  if (batch === 1) {
    multiplySlice(backend, multiply, x, 0, left, y, 0, right, out, 0);
  } else {
    for (let i = 0; i < batch; i++) {
      multiplySlice(
        backend,
        multiply,
        x,
        left.batch === 1 ? 0 : i,
        left,
        y,
        right.batch === 1 ? 0 : i,
        right,
        out,
        i,
      );
    }
  }
  for (const t of made) backend.disposeData(t.dataId);
  return out;
}

interface Dims {
  readonly outer: readonly number[];
  readonly batch: number;
  /** Rows and columns of one matrix as it enters the product, after transposition. */
  readonly rows: number;
  readonly columns: number;
}

function dims(t: tf.TensorInfo, transposed: boolean): Dims {
  const outer = t.shape.slice(0, -2);
  const [rows, columns] = t.shape.slice(-2) as [number, number];
  const batch = outer.reduce((n, d) => n * d, 1);
  return transposed ? { outer, batch, rows: columns, columns: rows } : { outer, batch, rows, columns };
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) =>
    Math.max(a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1),
  );
}

/** The `i`-th matrices of x and y into the `i`-th matrix of out, by XNNPACK. */
function multiplySlice(
  backend: WasmBackend,
  multiply: Multiply,
  x: tf.TensorInfo,
  xi: number,
  left: Dims,
  y: tf.TensorInfo,
  yi: number,
  right: Dims,
  out: tf.TensorInfo,
  oi: number,
): void {
  const alias = (t: tf.TensorInfo, index: number, rows: number, columns: number): number => {
    const data = backend.dataIdMap.get(t.dataId);
    if (t.shape.length === 2) return data.id;
    const id = backend.dataIdNextNumber++;
    backend.wasm.tfjs.registerTensor(id, rows * columns, data.memoryOffset + index * rows * columns * 4);
    aliases.push(id);
    return id;
  };
  const aliases: number[] = [];
  const shape = (r: number, c: number): Uint8Array => new Uint8Array(new Int32Array([1, r, c]).buffer);
  multiply(
    alias(x, xi, left.rows, left.columns),
    shape(left.rows, left.columns),
    3,
    alias(y, yi, right.rows, right.columns),
    shape(right.rows, right.columns),
    3,
    false,
    false,
    alias(out, oi, left.rows, right.columns),
  );
  // Frees the packed copy of y that XNNPACK keeps under the alias; the memory itself belongs to the tensors.
  for (const id of aliases) backend.wasm.tfjs.disposeData(id);
}

/** A copy of `t` with the two last axes swapped; `d` holds the dimensions after the swap. */
function transposeInner(backend: WasmBackend, t: tf.TensorInfo, d: Dims, simd: SimdKernels): tf.TensorInfo {
  const out = backend.makeOutput([...d.outer, d.rows, d.columns], "float32");
  simd.transpose(pointer(backend, t), pointer(backend, out), d.batch, d.columns, d.rows);
  return out;
}

/** Sums the rows of `x` that share a segment id into that row of the result; rows are added in ascending order. */
function unsortedSegmentSum(args: {
  inputs: tf.NamedTensorInfoMap;
  backend: unknown;
  attrs?: tf.NamedAttrMap;
}): tf.TensorInfo {
  const backend = args.backend as WasmBackend;
  const { x, segmentIds } = args.inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const { numSegments } = args.attrs as unknown as { numSegments: number };
  const rows = segmentIds.shape.reduce((n, d) => n * d, 1);
  const inner = x.shape.slice(segmentIds.shape.length);
  const width = inner.reduce((n, d) => n * d, 1);
  const out = backend.makeOutput([numSegments, ...inner], x.dtype);
  const from = wasmHeap(backend, x);
  const ids = wasmHeap(backend, segmentIds);
  const to = wasmHeap(backend, out).fill(0);
  for (let row = 0; row < rows; row++) {
    const id = ids[row]!;
    if (id < 0 || id >= numSegments) continue;
    for (let i = 0; i < width; i++) to[id * width + i]! += from[row * width + i]!;
  }
  return out;
}
