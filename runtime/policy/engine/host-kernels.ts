import * as tf from "@tensorflow/tfjs";
import { type WasmBackend, wasmHeap } from "./wasm-heap.js";

/**
 * Kernels of this project for the wasm backend, written as plain loops over its heap: where the stock backend needs
 * several dispatches, or has only a slow scalar path. Each has a composition of stock operations beside it (in
 * `runtime/policy/model/operations.ts`), which every other backend runs, and against which it is tested.
 */
export function registerHostKernels(): void {
  if (tf.getKernel("FlowcRotary", "wasm") !== undefined) return;
  register("FlowcRotary", rotary);
  register("FlowcEmbed", embed);
  register("FlowcTokenLogProbs", tokenLogProbs);
  register("FlowcTokenLogProbsGrad", tokenLogProbsGrad);
}

type Kernel = (
  backend: WasmBackend,
  inputs: readonly tf.TensorInfo[],
  attrs: tf.NamedAttrMap,
) => tf.TensorInfo;

function register(name: string, kernel: Kernel): void {
  tf.registerKernel({
    kernelName: name,
    backendName: "wasm",
    kernelFunc: ({ inputs, backend, attrs }) =>
      kernel(backend as WasmBackend, Object.values(inputs) as tf.TensorInfo[], attrs ?? {}),
  });
}

/** x `[B, T, H, 2 h]`, cos and sin `[P, h]` with P >= T: rotates halves; `inverse` rotates back. */
const rotary: Kernel = (backend, [x, cos, sin], { inverse }) => {
  const out = backend.makeOutput(x!.shape, "float32");
  const [batch, length, heads, dim] = x!.shape as [number, number, number, number];
  const half = dim / 2;
  const from = wasmHeap(backend, x!);
  const to = wasmHeap(backend, out);
  const c = wasmHeap(backend, cos!);
  const s = wasmHeap(backend, sin!);
  const sign = inverse === true ? -1 : 1;
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < length; t++) {
      const row = t * half;
      for (let h = 0; h < heads; h++) {
        for (let i = 0; i < half; i++) {
          const u = from[at + i]!;
          const v = from[at + half + i]!;
          const cosine = c[row + i]!;
          const sine = sign * s[row + i]!;
          to[at + i] = u * cosine - v * sine;
          to[at + half + i] = v * cosine + u * sine;
        }
        at += dim;
      }
    }
  }
  return out;
};

/** Rows of table `[V, d]` at ids (any shape, int32): `[...ids, d]`. An id outside the table is a caller's bug. */
const embed: Kernel = (backend, [table, ids]) => {
  const [rows, width] = table!.shape as [number, number];
  const out = backend.makeOutput([...ids!.shape, width], "float32");
  const from = wasmHeap(backend, table!);
  const at = wasmHeap(backend, ids!);
  const to = wasmHeap(backend, out);
  for (let i = 0; i < at.length; i++) {
    const id = at[i]!;
    if (id < 0 || id >= rows) throw new RangeError(`token id ${id} is outside the vocabulary of ${rows}`);
    to.set(from.subarray(id * width, (id + 1) * width), i * width);
  }
  return out;
};

/** Logits `[N, V]` and targets `[N]` (int32): log softmax at the target, `[N]`; sums in float64. */
const tokenLogProbs: Kernel = (backend, [logits, targets]) => {
  const [rows, width] = logits!.shape as [number, number];
  const out = backend.makeOutput([rows], "float32");
  const l = wasmHeap(backend, logits!);
  const t = wasmHeap(backend, targets!);
  const to = wasmHeap(backend, out);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + width; i++) if (l[i]! > most) most = l[i]!;
    let sum = 0;
    for (let i = start; i < start + width; i++) sum += Math.exp(l[i]! - most);
    to[row] = l[start + t[row]!]! - most - Math.log(sum);
  }
  return out;
};

/** The gradient of the above in the logits, `[N, V]`: dy · (1 at the target - softmax). */
const tokenLogProbsGrad: Kernel = (backend, [logits, targets, logProbs, dy]) => {
  const [rows, width] = logits!.shape as [number, number];
  const out = backend.makeOutput([rows, width], "float32");
  const l = wasmHeap(backend, logits!);
  const t = wasmHeap(backend, targets!);
  const p = wasmHeap(backend, logProbs!);
  const d = wasmHeap(backend, dy!);
  const to = wasmHeap(backend, out);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    const target = start + t[row]!;
    const normaliser = l[target]! - p[row]!;
    const scale = d[row]!;
    if (scale === 0) {
      to.fill(0, start, start + width);
      continue;
    }
    for (let i = start; i < start + width; i++) to[i] = -scale * Math.exp(l[i]! - normaliser);
    to[target]! += scale;
  }
  return out;
};
