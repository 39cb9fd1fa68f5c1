import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";

const weak = fileURLToPath(new URL("../../flows/base/weak", import.meta.url));

interface Heap {
  _malloc(bytes: number): number;
  _free(address: number): void;
}

describe("the memory of wasm", () => {
  const ballast: number[] = [];
  const heap = () => (tf.backend() as unknown as { wasm: Heap }).wasm;
  /** Takes memory that nobody writes to, which costs addresses alone. */
  const take = (bytes: number) => ballast.push(heap()._malloc(bytes));

  beforeEach(() => startBackend("wasm"));
  afterEach(() => {
    for (const address of ballast.splice(0)) heap()._free(address);
  });

  it("gives the same bits beyond 2 GB, where addresses are negative to some", async () => {
    const run = async () => {
      const model = await LanguageModel.load({ folder: weak, backend: "wasm", workers: 0 });
      const scores = await model.score([{ prompt: [5, 6, 7, 8], ids: [9, 10, 1] }]);
      const texts = await model.generate([{ ids: [5, 6, 7], maxTokens: 8 }]);
      await model.close();
      return { scores, texts };
    };
    const wanted = await run();
    for (let i = 0; i < 12; i++) take(2 ** 28);
    expect(await run()).toEqual(wanted);
  });

  it("refuses what has more than 32 bits of bytes, which would wrap round", () => {
    expect(() => take(2 ** 32 + 8)).toThrow(/4097 MB more were asked for/);
    expect(take(8)).toBe(1);
  });

  // The last one: an allocator that was asked for more than there is is not asked again.
  it("that is full is the user's to mend, and no tensor is written over another", async () => {
    const before = tf.tensor1d(Float32Array.from({ length: 1000 }, (_, i) => i));
    const full = {
      code: "backend-failed",
      message: expect.stringMatching(
        /^the memory of wasm, which has 4 GB at most, does not suffice: \d+ MB more were asked for where it has grown to \d+ MB; use/,
      ),
    };
    const fill = (size: number) => {
      for (let i = 0; i < 2 ** 32 / size; i++) take(size);
    };
    for (const size of [2 ** 28, 2 ** 22]) expect(() => fill(size)).toThrow(expect.objectContaining(full));
    expect(() => tf.tensor1d(new Float32Array(2 ** 20).fill(7))).toThrow(expect.objectContaining(full));
    const loading = LanguageModel.load({ folder: weak, backend: "wasm", workers: 0 });
    await expect(loading).rejects.toMatchObject(full);
    expect(before.dataSync()).toEqual(Float32Array.from({ length: 1000 }, (_, i) => i));
  });
});
