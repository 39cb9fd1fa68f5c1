import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { parseConfig } from "../../runtime/policy/model/config.js";
import { weightShapes } from "../../runtime/policy/model/names.js";
import { preparedTensors, prepareModel } from "../../runtime/policy/model/prepared.js";

it("a model is laid out one product after the other: its plain weights never stand beside it all at once", async () => {
  await startBackend("wasm");
  const config = parseConfig({
    model_type: "qwen2",
    vocab_size: 200,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 12,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    tie_word_embeddings: false,
  });
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
