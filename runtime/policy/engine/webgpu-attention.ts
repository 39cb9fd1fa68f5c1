import type * as tf from "@tensorflow/tfjs-core";
import { runShader, type WebGpuBackend } from "./webgpu-program.js";

/** What `attend` (`runtime/policy/model/operations.ts`) gives: rows, and the slots that each of them sees. */
export type AttentionInputs = Readonly<
  Record<"q" | "k" | "v" | "slots" | "contexts" | "positions", tf.TensorInfo>
>;
export interface AttentionAttrs {
  readonly heads: number;
  readonly groups: number;
  readonly longest: number;
  readonly packing: {
    readonly spans: readonly { readonly first: number; readonly rows: number; readonly slots: Int32Array }[];
  };
}

/** Some rows of a packing, and the shape of what is computed for each pair of a row and a slot that it sees. */
interface Block {
  readonly backend: WebGpuBackend;
  readonly inputs: AttentionInputs;
  readonly start: number;
  readonly rows: number;
  readonly heads: number;
  readonly groups: number;
  readonly dim: number;
  readonly longest: number;
}

/** Values of pairs at most that are held at once: 64 MB, which every device permits. */
const PAIRS = 1 << 24;

/**
 * softmax(q kᵀ / sqrt(d)) v, like q.
 *
 * @param pairs values of pairs at most that are held at once; the result does not depend on it
 */
export function attendForward(
  backend: WebGpuBackend,
  inputs: AttentionInputs,
  attrs: AttentionAttrs,
  pairs = PAIRS,
): tf.TensorInfo {
  const { q, k, v } = inputs;
  const out = backend.makeTensorInfo(q.shape, "float32");
  for (const block of blocksOf(backend, inputs, attrs, pairs)) {
    const weights = softmax(block, dots(block, q, k, block.dim ** -0.5));
    mixOfSlots(block, weights, v, out);
    backend.disposeData(weights.dataId);
  }
  return out;
}

/** [dq, dk, dv]. @param pairs as of `attendForward` */
export function attendBackward(
  backend: WebGpuBackend,
  { dy, ...inputs }: AttentionInputs & Readonly<Record<"dy", tf.TensorInfo>>,
  attrs: AttentionAttrs,
  pairs = PAIRS,
): tf.TensorInfo[] {
  const { q, k, v } = inputs;
  const zeros = (): tf.TensorInfo =>
    backend.makeTensorInfo(k.shape, "float32", new Float32Array(k.shape[0]! * k.shape[1]!));
  const [dq, dk, dv] = [backend.makeTensorInfo(q.shape, "float32"), zeros(), zeros()];
  for (const block of blocksOf(backend, inputs, attrs, pairs)) {
    const weights = softmax(block, dots(block, q, k, block.dim ** -0.5));
    const slopes = softmaxGradient(block, weights, dots(block, dy, v, 1));
    const seen = seersOf(attrs, block, k.shape[0]!);
    const starts = backend.makeTensorInfo([seen.starts.length], "int32", seen.starts);
    const seers = backend.makeTensorInfo([seen.seers.length], "int32", seen.seers);
    mixOfSlots(block, slopes, k, dq);
    mixOfRows(block, slopes, q, dk, { starts, seers });
    mixOfRows(block, weights, dy, dv, { starts, seers });
    for (const each of [weights, slopes, starts, seers]) backend.disposeData(each.dataId);
  }
  return [dq, dk, dv];
}

function* blocksOf(
  backend: WebGpuBackend,
  inputs: AttentionInputs,
  { heads, groups, longest }: AttentionAttrs,
  pairs: number,
): Generator<Block> {
  const [rows, width] = inputs.q.shape as [number, number];
  const most = Math.max(1, Math.floor(pairs / (heads * longest)));
  const shape = { backend, inputs, heads, groups, dim: width / heads, longest };
  for (let start = 0; start < rows; start += most) {
    yield { ...shape, start, rows: Math.min(most, rows - start) };
  }
}

/** scale · a · b for each row's head of a `[N, heads d]` and each slot's of b `[S, groups d]`: `[rows, heads, longest]`. */
function dots(
  { backend, inputs, start, rows, heads, groups, dim, longest }: Block,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  scale: number,
): tf.TensorInfo {
  const { slots, contexts, positions } = inputs;
  return runShader(backend, {
    name: "attention dots",
    inputs: { a, b, slots, contexts, positions },
    integers: { start, heads, groups, dim, longest },
    floats: { scale },
    threads: rows * heads * longest,
    output: [rows, heads, longest],
    code: `
      let j = index % uniforms.longest;
      let head = (index / uniforms.longest) % uniforms.heads;
      let row = uniforms.start + index / (uniforms.longest * uniforms.heads);
      if (j > positions[row]) { return; }
      let group = head / (uniforms.heads / uniforms.groups);
      let at = (row * uniforms.heads + head) * uniforms.dim;
      let to = (slots[contexts[row] + j] * uniforms.groups + group) * uniforms.dim;
      var sum = 0.0;
      for (var i = 0; i < uniforms.dim; i++) { sum += a[at + i] * b[to + i]; }
      result[index] = uniforms.scale * sum;`,
  });
}

/** The softmax of each row's scores, in place: once the largest is known, its weight is 1. */
function softmax(
  { backend, inputs, start, rows, heads, longest }: Block,
  scores: tf.TensorInfo,
): tf.TensorInfo {
  return runShader(backend, {
    name: "attention softmax",
    inputs: { positions: inputs.positions },
    integers: { start, heads, longest },
    threads: rows * heads,
    output: scores,
    code: `
      let first = index * uniforms.longest;
      let end = first + positions[uniforms.start + index / uniforms.heads] + 1;
      var largest = result[first];
      for (var j = first + 1; j < end; j++) { largest = max(largest, result[j]); }
      var total = 0.0;
      for (var j = first; j < end; j++) {
        let weight = exp(result[j] - largest);
        total += weight;
        result[j] = weight;
      }
      for (var j = first; j < end; j++) { result[j] /= total; }`,
  });
}

/** From weights and the slopes of their use, in place, the slopes of the products q · k. */
function softmaxGradient(
  { backend, inputs, start, rows, heads, dim, longest }: Block,
  weights: tf.TensorInfo,
  slopes: tf.TensorInfo,
): tf.TensorInfo {
  return runShader(backend, {
    name: "attention softmax gradient",
    inputs: { positions: inputs.positions, weights },
    integers: { start, heads, longest },
    floats: { scale: dim ** -0.5 },
    threads: rows * heads,
    output: slopes,
    code: `
      let first = index * uniforms.longest;
      let end = first + positions[uniforms.start + index / uniforms.heads] + 1;
      var mean = 0.0;
      for (var j = first; j < end; j++) { mean += weights[j] * result[j]; }
      for (var j = first; j < end; j++) {
        result[j] = uniforms.scale * weights[j] * (result[j] - mean);
      }`,
  });
}

/** For each row's head the sum of what its slots have in b `[S, groups d]`, weighted: the block's rows of `out`. */
function mixOfSlots(
  { backend, inputs, start, rows, heads, groups, dim, longest }: Block,
  weights: tf.TensorInfo,
  b: tf.TensorInfo,
  out: tf.TensorInfo,
): void {
  const { slots, contexts, positions } = inputs;
  runShader(backend, {
    name: "attention mix of slots",
    inputs: { weights, b, slots, contexts, positions },
    integers: { start, heads, groups, dim, longest },
    threads: rows * heads * dim,
    output: out,
    code: `
      let i = index % uniforms.dim;
      let pair = index / uniforms.dim;
      let head = pair % uniforms.heads;
      let row = uniforms.start + pair / uniforms.heads;
      let column = (head / (uniforms.heads / uniforms.groups)) * uniforms.dim + i;
      let stride = uniforms.groups * uniforms.dim;
      let first = contexts[row];
      let last = positions[row];
      var sum = 0.0;
      for (var j = 0; j <= last; j++) {
        sum += weights[pair * uniforms.longest + j] * b[slots[first + j] * stride + column];
      }
      result[uniforms.start * uniforms.heads * uniforms.dim + index] = sum;`,
  });
}

/** For each slot the sum of what the block's rows that see it have in a `[N, heads d]`, weighted, is added to `out`. */
function mixOfRows(
  { backend, start, heads, groups, dim, longest }: Block,
  weights: tf.TensorInfo,
  a: tf.TensorInfo,
  out: tf.TensorInfo,
  seen: Readonly<Record<"starts" | "seers", tf.TensorInfo>>,
): void {
  runShader(backend, {
    name: "attention mix of rows",
    inputs: { weights, a, ...seen },
    integers: { start, heads, groups, dim, longest },
    threads: out.shape[0]! * out.shape[1]!,
    output: out,
    code: `
      let i = index % uniforms.dim;
      let group = (index / uniforms.dim) % uniforms.groups;
      let slot = index / (uniforms.dim * uniforms.groups);
      let share = uniforms.heads / uniforms.groups;
      var sum = result[index];
      for (var e = starts[slot]; e < starts[slot + 1]; e++) {
        let row = seers[2 * e];
        for (var head = group * share; head < (group + 1) * share; head++) {
          let pair = row * uniforms.heads + head;
          let at = ((uniforms.start + row) * uniforms.heads + head) * uniforms.dim + i;
          sum += weights[pair * uniforms.longest + seers[2 * e + 1]] * a[at];
        }
      }
      result[index] = sum;`,
  });
}

/**
 * The rows of a block (counted from its first) that see each slot, ascending, each with the position that the slot has for
 * it: `seers` two by two; those of slot s are from the `starts[s]`th to before the `starts[s + 1]`th.
 */
function seersOf(
  { packing }: AttentionAttrs,
  block: Pick<Block, "start" | "rows">,
  slots: number,
): { starts: Int32Array; seers: Int32Array } {
  const starts = new Int32Array(slots + 1);
  const each = (visit: (slot: number, row: number, position: number) => void): void => {
    let row = -block.start;
    for (const span of packing.spans) {
      for (let i = 0; i < span.rows; i++, row++) {
        if (row < 0 || row >= block.rows) continue;
        for (let p = 0; p <= span.first + i; p++) visit(span.slots[p]!, row, p);
      }
    }
  };
  each((slot) => {
    starts[slot + 1]!++;
  });
  for (let slot = 0; slot < slots; slot++) starts[slot + 1]! += starts[slot]!;
  const seers = new Int32Array(2 * starts[slots]!);
  const next = starts.slice();
  each((slot, row, position) => {
    const e = 2 * next[slot]!++;
    seers[e] = row;
    seers[e + 1] = position;
  });
  return { starts, seers };
}
