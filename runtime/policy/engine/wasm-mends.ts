import * as tf from "@tensorflow/tfjs-core";
import { type Operands, productOf, type Transposes } from "./product.js";
import type { SimdKernels } from "./simd/instance.js";
import { pointer, sizeOf, type WasmBackend, wasmHeap } from "./wasm-heap.js";

/**
 * Two mends of TensorFlow.js's wasm backend.
 *
 * `BatchMatMul`: the stock kernel is fast only for rank 2 without transposes, and more than ten times slower otherwise;
 * it also keeps packed copies of its operands. Here this project's own product takes its place.
 * `UnsortedSegmentSum`: the gradient of gather, which the stock backend lacks.
 */
export function mendWasmKernels(simd: SimdKernels): void {
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({
    kernelName: "BatchMatMul",
    backendName: "wasm",
    kernelFunc: ({ inputs, backend, attrs }) =>
      batchMatMul(
        backend as WasmBackend,
        simd,
        inputs as unknown as Operands,
        attrs as unknown as Transposes,
      ),
  });
  tf.registerKernel({
    kernelName: "UnsortedSegmentSum",
    backendName: "wasm",
    kernelFunc: unsortedSegmentSum,
  });
}

function batchMatMul(
  backend: WasmBackend,
  simd: SimdKernels,
  { a, b }: Operands,
  { transposeA, transposeB }: Transposes,
): tf.TensorInfo {
  const { left, right, outer, batch, m, k, n } = productOf({ a, b }, { transposeA, transposeB });
  const out = backend.makeOutput([...outer, m, n], "float32");
  const packed = backend.makeOutput([simd.packedSize(k, n)], "float32");
  const scratch = backend.makeOutput([simd.scratchSize()], "float32");
  if (k === 0) wasmHeap(backend, out).fill(0);
  const at = (t: tf.TensorInfo): number => pointer(backend, t);
  for (let i = 0; i < batch; i++) {
    const x = at(a) + (left.batch === 1 ? 0 : 4 * i * m * k);
    const y = at(b) + 4 * i * k * n;
    if (i === 0 || right.batch > 1) simd.pack(y, Number(transposeB), at(packed), k, n);
    simd.matMul(x, Number(transposeA), at(packed), at(out) + 4 * i * m * n, m, k, n, at(scratch));
  }
  backend.disposeData(packed.dataId);
  backend.disposeData(scratch.dataId);
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
  const rows = sizeOf(segmentIds.shape);
  const inner = x.shape.slice(segmentIds.shape.length);
  const width = sizeOf(inner);
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
