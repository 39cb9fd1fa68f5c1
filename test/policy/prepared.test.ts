import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Executor } from "../../runtime/policy/decode/executor.js";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { parseConfig } from "../../runtime/policy/model/config.js";
import { weightShapes } from "../../runtime/policy/model/names.js";
import { preparedTensors, prepareModel } from "../../runtime/policy/model/prepared.js";
import { randomWeights } from "./support.js";

const configOf = (layers: number) =>
  parseConfig({
    model_type: "qwen2",
    vocab_size: 200,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 512,
    tie_word_embeddings: false,
  });

describe("memory beside a model", () => {
  beforeAll(() => startBackend("wasm"));

  it("holds a product's plain weights at most while the model is laid out, never all of them", () => {
    const config = configOf(12);
    const shapes = weightShapes(config);
    const before = tf.memory();
    let peak = 0;
    const model = prepareModel(config, {
      get(name) {
        const shape = shapes.get(name);
        const made = shape === undefined ? undefined : tf.zeros([...shape]);
        peak = Math.max(peak, tf.memory().numBytes - before.numBytes);
        return made;
      },
    });
    const after = tf.memory();
    expect(after.numTensors - before.numTensors).toBe(preparedTensors(model).length);
    const layer = 4 * 32 * (2 * 64);
    expect(peak).toBeLessThan(after.numBytes - before.numBytes + 2 * layer);
    tf.dispose(preparedTensors(model));
    expect(tf.memory().numTensors).toBe(before.numTensors);
  });

  it("holds what one layer makes in a pass, however many layers there are", async () => {
    const peakOf = async (layers: number): Promise<number> => {
      const config = configOf(layers);
      const weights = randomWeights(config, 1);
      const executor = new Executor(config, prepareModel(config, weights), { slots: 512 });
      const prompt = Array.from({ length: 400 }, (_, i) => (i * i) % 200);
      const job = {
        kind: "score",
        adapter: { version: "", prepared: undefined },
        prompt,
        completions: [[1]],
      } as const;
      // The pool grows and the tables are made the first time.
      await executor.run([job]);
      executor.drop("");
      const before = tf.memory().numBytes;
      const { peakBytes } = await tf.profile(async () => {
        await executor.run([job]);
        return tf.scalar(0);
      });
      executor.dispose();
      tf.dispose([...weights.values()]);
      return peakBytes - before;
    };
    const [few, many] = [await peakOf(2), await peakOf(12)];
    expect(many).toBeLessThan(1.1 * few);
    expect(few).toBeGreaterThan(400 * 64 * 4);
  });
});
