// Brings the gradients of its operations.
import "@tensorflow/tfjs";
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { read } from "../../runtime/policy/engine/read.js";
import { parseConfig } from "../../runtime/policy/model/config.js";
import { Decoder, type Weights } from "../../runtime/policy/model/decoder.js";
import { weightShapes } from "../../runtime/policy/model/names.js";
import { tokenLogProbs } from "../../runtime/policy/model/operations.js";
import { backendsHere, reportMissing } from "./backends.js";
import { readTensors } from "./support.js";

const folder = new URL("../fixtures/reference/llama/", import.meta.url);
const config = parseConfig(JSON.parse(readFileSync(new URL("config.json", folder), "utf8")));

/** Mean negative log-probability of next tokens, and its gradients in every weight, on a fixed batch. */
async function lossAndGradients(
  weights: Weights,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const decoder = new Decoder(config);
  const ids = Array.from({ length: 3 * 9 }, (_, i) => (i * 37 + 11) % config.vocabSize);
  const targets = Array.from({ length: 3 * 9 }, (_, i) => (i * 53 + 5) % config.vocabSize);
  const variables = new Map([...weights].map(([name, t]) => [name, tf.variable(t)]));
  const { value, grads } = tf.variableGrads(() => {
    const hidden = decoder.hidden(variables, tf.tensor2d(ids, [3, 9], "int32"));
    const rows = tf.reshape(hidden, [27, config.hiddenSize]) as tf.Tensor2D;
    const logits = decoder.logits(variables, rows);
    return tf.neg(tf.mean(tokenLogProbs(logits, tf.tensor1d(targets, "int32")))) as tf.Scalar;
  });
  const [losses, ...values] = await read([value, ...[...variables.values()].map(({ name }) => grads[name]!)]);
  const gradients = new Map([...variables.keys()].map((name, i) => [name, values[i]!]));
  const loss = losses![0]!;
  tf.dispose([value, grads]);
  for (const variable of variables.values()) variable.dispose();
  decoder.dispose();
  return { loss, gradients };
}

reportMissing();
const others = backendsHere.filter((name) => name !== "cpu");

describe("gradients of every weight", () => {
  const results = new Map<string, Awaited<ReturnType<typeof lossAndGradients>>>();
  beforeAll(async () => {
    for (const backend of backendsHere) {
      await startBackend(backend);
      results.set(backend, await lossAndGradients(readTensors(folder)));
    }
  });

  it.each(others)("agree between %s and the composition of stock operations on cpu", (backend) => {
    const cpu = results.get("cpu")!;
    const other = results.get(backend)!;
    expect(other.loss).toBeCloseTo(cpu.loss, 5);
    for (const name of weightShapes(config).keys()) {
      const a = cpu.gradients.get(name)!;
      const b = other.gradients.get(name)!;
      const norm = Math.hypot(...a);
      expect(Math.hypot(...a.map((x, i) => x - b[i]!)) / norm, name).toBeLessThan(1e-4);
    }
  });

  it("agree with a finite difference", async () => {
    await startBackend("wasm");
    const name = "model.layers.0.mlp.down_proj.weight";
    const { loss, gradients } = results.get("wasm")!;
    const weights = readTensors(folder);
    const gradient = gradients.get(name)!;
    const step = 1e-3 / Math.hypot(...gradient);
    const moved = weights
      .get(name)!
      .dataSync()
      .map((x, i) => x + step * gradient[i]!) as Float32Array;
    weights.set(name, tf.tensor(moved, weights.get(name)!.shape));
    const slope = ((await lossAndGradients(weights)).loss - loss) / step;
    expect(slope / gradient.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 1);
  });
});
