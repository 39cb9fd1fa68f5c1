// Brings the gradients of its operations.
import "@tensorflow/tfjs";
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type BackendName, startBackend } from "../../runtime/policy/engine/backend.js";
import { read } from "../../runtime/policy/engine/read.js";
import {
  attend,
  embed,
  type RotaryTables,
  rmsNorm,
  rotate,
  swiGlu,
  tokenLogProbs,
} from "../../runtime/policy/model/operations.js";
import { pack, separateSpans } from "../../runtime/policy/model/packing.js";
import { backendsHere, reportMissing } from "./backends.js";

/** Values of the results on a backend. */
async function on(backend: BackendName, run: () => tf.Tensor[]): Promise<number[][]> {
  await startBackend(backend);
  const tensors = tf.tidy(run);
  const values = await read(tensors);
  tf.dispose(tensors);
  return values.map((each) => Array.from(each));
}

/** The value of `f` and the gradients in its inputs of sum(f * fixed weights). */
function valueAndGradients(f: (...x: tf.Tensor[]) => tf.Tensor, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const value = f(...inputs);
  const weights = tf.tensor(
    Float32Array.from({ length: value.size }, (_, i) => Math.sin(i + 1)),
    value.shape,
  );
  return [value, ...tf.grads((...x) => tf.sum(tf.mul(f(...x), weights)))([...inputs])];
}

function expectEqual(a: readonly number[][], b: readonly number[][]): void {
  expect(a.length).toBe(b.length);
  for (const [i, values] of a.entries()) {
    const scale = Math.max(1e-3, ...values.map(Math.abs));
    for (const [j, value] of values.entries()) {
      expect(Math.abs(value - b[i]![j]!) / scale, `tensor ${i}, element ${j}`).toBeLessThan(2e-5);
    }
  }
}

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
const size = fc.integer({ min: 1, max: 40 });
// TensorFlow.js takes a seed of 0 for none.
const seed = fc.integer({ min: 1, max: 1 << 30 });

reportMissing();
const others = backendsHere.filter((name) => name !== "cpu");

describe.each(others)(
  "a kernel of %s agrees with the composition on cpu, value and gradients:",
  (backend) => {
    beforeAll(() => startBackend("cpu"));
    const expectAgreement = async (run: () => tf.Tensor[]): Promise<void> =>
      expectEqual(await on("cpu", run), await on(backend, run));

    it("matrix products of any shape, transposed or not, in batches", async () => {
      const shapes = fc.record({
        m: size,
        k: fc.oneof(size, fc.constant(300)),
        n: size,
        left: fc.constantFrom(1, 3),
        right: fc.constantFrom(1, 3),
        transposeA: fc.boolean(),
        transposeB: fc.boolean(),
        seed,
      });
      await fc.assert(
        fc.asyncProperty(shapes, async ({ m, k, n, left, right, transposeA, transposeB, seed }) => {
          await expectAgreement(() => {
            const a = normal([left, ...(transposeA ? [k, m] : [m, k])], seed);
            const b = normal([right, ...(transposeB ? [n, k] : [k, n])], seed + 1);
            const product = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);
            return left === right ? valueAndGradients(product as never, [a, b]) : [product(a, b)];
          });
        }),
        { numRuns: 12 },
      );
    });

    it("the norm", async () => {
      await expectAgreement(() =>
        valueAndGradients(
          (x) => rmsNorm(x as tf.Tensor2D, normal([13], 2) as tf.Tensor1D, 1e-5),
          [normal([7, 13], 1)],
        ),
      );
    });

    it("the gated activation, also far from zero", async () => {
      await expectAgreement(() =>
        valueAndGradients(
          (gate, up) => swiGlu(gate as tf.Tensor2D, up as tf.Tensor2D),
          [tf.mul(normal([5, 11], 3), 30), normal([5, 11], 4)],
        ),
      );
    });

    it("the rotary embedding, with heads of any even size, of all of a head or its first part", async () => {
      for (const [headDim, half] of [
        [6, 3],
        [16, 8],
        [16, 6],
        [10, 2],
      ] as const) {
        await expectAgreement(() => {
          const tables = { headDim, cos: normal([9, half], 5), sin: normal([9, half], 6) } as RotaryTables;
          const positions = tf.tensor1d([8, 0, 3, 3], "int32");
          return valueAndGradients(
            (x) => rotate(x as tf.Tensor2D, positions, tables),
            [normal([4, 2 * headDim], 7)],
          );
        });
      }
    });

    it("attention of packed texts that share a beginning, with grouped heads", async () => {
      const shapes = fc.record({
        lengths: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 }),
        branch: fc.integer({ min: 1, max: 9 }),
        groups: fc.constantFrom(1, 2),
        share: fc.constantFrom(1, 3),
        dim: fc.constantFrom(2, 6, 8, 20, 32, 40),
        seed,
      });
      await fc.assert(
        fc.asyncProperty(shapes, async ({ lengths, branch, groups, share, dim, seed }) => {
          await expectAgreement(() => {
            const spans = separateSpans(lengths);
            const start = lengths.reduce((a, b) => a + b, 0);
            // A second continuation of the first text.
            const shared = [...spans[0]!.slots, ...Array.from({ length: branch }, (_, i) => start + i)];
            spans.push({ first: lengths[0]!, rows: branch, slots: Int32Array.from(shared) });
            const packing = pack(spans, new Int32Array(start + branch));
            const inputs = [groups * share, groups, groups].map((heads, i) =>
              normal([start + branch, heads * dim], seed + i),
            );
            const run = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) =>
              attend(q as tf.Tensor2D, k as tf.Tensor2D, v as tf.Tensor2D, packing, groups * share, groups);
            return valueAndGradients(run as never, inputs);
          });
        }),
        { numRuns: 8 },
      );
    });

    it("log-probabilities of tokens, also of very improbable ones", async () => {
      await expectAgreement(() => {
        const targets = tf.tensor1d([0, 6, 3, 3], "int32");
        return valueAndGradients(
          (x) => tokenLogProbs(x as tf.Tensor2D, targets),
          [tf.mul(normal([4, 7], 8), 40)],
        );
      });
    });

    it("the embedding", async () => {
      await expectAgreement(() => {
        const ids = tf.tensor1d([2, 0, 2, 4, 2], "int32");
        return valueAndGradients((x) => embed(x as tf.Tensor2D, ids), [normal([5, 6], 9)]);
      });
    });
  },
);

describe("the wasm kernels", () => {
  it("refuse token ids outside the table, which would read foreign memory", async () => {
    await startBackend("wasm");
    for (const id of [-1, 5]) {
      const ids = tf.tensor1d([id], "int32");
      expect(() => embed(normal([5, 6], 1) as tf.Tensor2D, ids)).toThrow(/outside the vocabulary of 5/);
      expect(() => tokenLogProbs(normal([1, 5], 1) as tf.Tensor2D, ids)).toThrow(
        /outside the vocabulary of 5/,
      );
    }
  });

  it("are compiled from the sources beside them", async () => {
    const folder = new URL("../../runtime/policy/engine/simd/", import.meta.url);
    const { compileKernels } = (await import(new URL("build.mjs", folder).href)) as {
      compileKernels(): Promise<string>;
    };
    const written = readFileSync(new URL("module.ts", folder), "utf8");
    const bytes = (text: string) => text.match(/"([A-Za-z0-9+/=]{20,})"/g)!.join("");
    expect(bytes(await compileKernels())).toBe(bytes(written));
  }, 180_000);
});
