import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAdapter } from "../../runtime/policy/adapter/peft.js";
import { loadCheckpoint } from "../../runtime/policy/checkpoint.js";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { chooseBackend, defaultWorkers } from "../../runtime/policy/engine/choose.js";
import { read } from "../../runtime/policy/engine/read.js";
import { webGpuDevice } from "../../runtime/policy/engine/webgpu.js";
import { attendBackward, attendForward } from "../../runtime/policy/engine/webgpu-attention.js";
import type { WebGpuBackend } from "../../runtime/policy/engine/webgpu-program.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { Decoder } from "../../runtime/policy/model/decoder.js";
import { pack, separateSpans } from "../../runtime/policy/model/packing.js";
import { LocalReplica } from "../../runtime/policy/replica/local.js";
import { missingHere, reportMissing } from "./backends.js";
import { weightsOf } from "./support.js";

reportMissing();
const weak = fileURLToPath(new URL("../../flows/base/weak", import.meta.url));

describe.skipIf(missingHere.has("webgpu"))("webgpu", () => {
  beforeEach(() => startBackend("webgpu"));

  /** More arrays than a program may read, which the stock backend does not notice. */
  const tooMany = () => tf.addN(Array.from({ length: 40 }, (_, i) => tf.tensor1d([i, 1, 2, 3])));

  it("gives no numbers any more once it was asked for something that it refuses", async () => {
    const before = tf.add(tf.tensor1d([1, 2]), 1);
    expect(await read([before])).toEqual([Float32Array.of(2, 3)]);
    const refused = /WebGPU refused what it was asked to do: The number of storage buffers \(41\)/;
    await expect(read([tooMany()])).rejects.toThrow(refused);
    await expect(read([tf.add(before, 1)])).rejects.toThrow(refused);
  });

  it("starts anew when it is asked for after that", async () => {
    await expect(read([tooMany()])).rejects.toThrow();
    await startBackend("webgpu");
    expect(await read([tf.add(tf.tensor1d([1, 2]), 1)])).toEqual([Float32Array.of(2, 3)]);
  });

  it("ends all that is asked of a model once its device is lost, and starts anew when it is asked for", async () => {
    const model = await LanguageModel.load({ folder: weak, backend: "webgpu", workers: 0 });
    const prompt = { ids: [5, 6, 7], maxTokens: 8 };
    const [wanted] = await model.generate([prompt]);
    const running = model.generate([prompt, { ids: [8, 9], maxTokens: 40 }]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    (tf.backend() as unknown as { device: { destroy(): void } }).device.destroy();
    const lost = {
      code: "backend-failed",
      message: expect.stringMatching(/^the GPU device was lost \(.+\); run/),
    };
    await expect(running).rejects.toMatchObject(lost);
    await expect(model.generate([prompt])).rejects.toMatchObject(lost);
    await model.close();
    const another = await LanguageModel.load({ folder: weak, backend: "webgpu", workers: 0 });
    expect(await another.generate([prompt])).toEqual([wanted]);
    await another.close();
  });

  it("says which tensor of a model is larger than the device takes, before any is there", async () => {
    const { limits } = (tf.backend() as unknown as { device: { limits: Record<string, number> } }).device;
    const most = Math.min(limits.maxBufferSize!, limits.maxStorageBufferBindingSize!);
    const { config } = loadCheckpoint(weak);
    // Memory that nobody writes to takes no room.
    const tensors = new Map([
      ["model.embed_tokens.weight", new Float32Array(new SharedArrayBuffer(most + 4))],
    ]);
    const settings = {
      checkpoint: { config, tensors },
      backend: "webgpu",
      executor: {},
      activations: "keep",
    } as const;
    await expect(LocalReplica.start(settings)).rejects.toMatchObject({
      code: "backend-failed",
      message: expect.stringMatching(
        /^the tensor model\.embed_tokens\.weight takes .* where one on webgpu has /,
      ),
    });
  });

  it("gives memory back that waits for tensors of sizes that do not come again", async () => {
    const { bufferManager } = tf.backend() as unknown as {
      bufferManager: { numBytesAllocated: number; numBytesUsed: number };
    };
    for (let i = 0; i < 8; i++) {
      const made = tf.tidy(() => tf.slice(tf.zeros([1024, 16 * 1024 + i]), [0, 0], [1, 1]));
      await read([made]);
      made.dispose();
      expect(bufferManager.numBytesAllocated - bufferManager.numBytesUsed).toBeLessThan(1 << 28);
    }
  });

  it("attends in blocks where not all pairs of rows and slots fit at once, with equal results", async () => {
    const spans = separateSpans([5, 3, 6]);
    const packing = pack(spans, new Int32Array(14));
    const normal = (width: number, seed: number) => tf.randomNormal([14, width], 0, 1, "float32", seed);
    const { slots, contexts, positions } = packing;
    const inputs = { q: normal(12, 1), k: normal(6, 2), v: normal(6, 3), slots, contexts, positions };
    const attrs = { heads: 4, groups: 2, longest: packing.longest, packing };
    const backend = tf.backend() as unknown as WebGpuBackend;
    const run = (pairs?: number) =>
      [
        attendForward(backend, inputs, attrs, pairs),
        ...attendBackward(backend, { ...inputs, dy: normal(12, 4) }, attrs, pairs),
      ].map((info) => tf.engine().makeTensorFromTensorInfo(info));
    const whole = await read(run());
    for (const pairs of [1, 100]) expect(await read(run(pairs))).toEqual(whole);
  });

  it("is what auto stands for with a large model and a GPU, and never because of a device that is software", async () => {
    expect(await chooseBackend("auto", 1_000_000)).toBe("auto");
    expect(await chooseBackend("auto", 1_000_000_000)).toBe(webGpuDevice()?.software ? "auto" : "webgpu");
    expect(await chooseBackend("wasm", 1_000_000_000)).toBe("wasm");
  });

  it("takes no worker threads of itself: there is one device", () => {
    expect(defaultWorkers("webgpu")).toBe(0);
    expect(defaultWorkers("wasm")).toBeGreaterThan(0);
  });
});

describe.skipIf(missingHere.has("webgpu"))("the numerics contract on webgpu", () => {
  const models: LanguageModel[] = [];
  const load = async (backend: "wasm" | "webgpu"): Promise<LanguageModel> => {
    const model = await LanguageModel.load({ folder: weak, backend, workers: 0 });
    models.push(model);
    return model;
  };
  afterEach(async () => {
    for (const model of models.splice(0)) await model.close();
  });

  it("gives wasm's tokens wherever the two best logits differ by more than 1e-3, alone and side by side", async () => {
    const { config, tensors } = loadCheckpoint(weak);
    const prompts = Array.from({ length: 12 }, (_, i) => ({
      ids: Array.from({ length: 4 + 3 * i }, (_, n) => (7919 * (i + 1) * (n + 3) + n * n) % config.vocabSize),
      maxTokens: 10,
    }));
    const outputs = await (await load("wasm")).generate(prompts);
    const gaps = await Promise.all(
      outputs.map((ids, i) => gapsOf(config, weightsOf({ config, tensors }), prompts[i]!.ids, ids)),
    );
    const model = await load("webgpu");
    let [equal, ties] = [0, 0];
    const compare = (actual: readonly (readonly number[])[]): void => {
      for (const [i, ids] of outputs.entries()) {
        const at = ids.findIndex((id, n) => actual[i]![n] !== id);
        equal += at === -1 ? ids.length : at;
        // What comes after another token says nothing.
        if (at === -1) continue;
        ties += 1;
        expect(gaps[i]![at], `prompt ${i}, token ${at}`).toBeLessThanOrEqual(1e-3);
      }
    };
    compare(await model.generate(prompts));
    const alone = [];
    for (const prompt of prompts.slice(0, 3)) alone.push(...(await model.generate([prompt])));
    compare([...alone, ...outputs.slice(3)]);
    console.log(`webgpu and wasm: ${equal} equal tokens, ${ties} texts that part at a tie`);
    expect(equal).toBeGreaterThan(100);
  });

  it("adds up in one order: the same bits every time", async () => {
    const folder = fileURLToPath(new URL("../fixtures/reference/llama", import.meta.url));
    const model = await LanguageModel.load({ folder, backend: "webgpu", workers: 0 });
    models.push(model);
    await model.setAdapter("tuned", readAdapter(`${folder}/adapter`, model.config));
    const completions = [3, 5, 8].map((n) => ({ prompt: [4, 5, 6, 7], ids: [n, n + 1, 1] }));
    const once = () => model.gradient("tuned", completions, [0.5, -0.3, 0.2]);
    const [first, second] = [await once(), await once()];
    expect(second).toEqual(first);
  });
});

/** By how much the best logit exceeds the second best before each of an output's tokens, on the current backend. */
async function gapsOf(
  config: ReturnType<typeof loadCheckpoint>["config"],
  weights: ReturnType<typeof weightsOf>,
  prompt: readonly number[],
  ids: readonly number[],
): Promise<number[]> {
  const decoder = new Decoder(config);
  const text = [...prompt, ...ids.slice(0, -1)];
  const wanted = Int32Array.from(ids, (_, n) => prompt.length - 1 + n);
  const packing = pack(separateSpans([text.length]), Int32Array.from(text));
  const [logits] = await read([decoder.logits(weights, decoder.rows(weights, packing, undefined, wanted))]);
  decoder.dispose();
  return ids.map((_, n) => {
    const row = logits!.slice(n * config.vocabSize, (n + 1) * config.vocabSize).sort();
    return row[config.vocabSize - 1]! - row[config.vocabSize - 2]!;
  });
}
