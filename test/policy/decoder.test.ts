import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { parseConfig } from "../../runtime/policy/model/config.js";
import { Decoder, type Lora, type Weights } from "../../runtime/policy/model/decoder.js";
import { readTensors, scaled } from "./support.js";

const folder = new URL("../fixtures/reference/llama/", import.meta.url);
const json = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const expected = json("expected.json");

function lastLogits(decoder: Decoder, weights: Weights, ids: number[][], lora?: Lora): Float32Array[] {
  const length = Math.max(...ids.map((row) => row.length));
  return tf.tidy(() => {
    const padded = ids.flatMap((row) => [...row, ...new Array<number>(length - row.length).fill(0)]);
    const hidden = decoder.hidden(weights, tf.tensor2d(padded, [ids.length, length], "int32"), lora);
    const rows = ids.map((row, i) => i * length + row.length - 1);
    const wanted = tf.gather(tf.reshape(hidden, [ids.length * length, -1]), tf.tensor1d(rows, "int32"));
    const logits = decoder.logits(weights, wanted as tf.Tensor2D).dataSync() as Float32Array;
    return ids.map((_, i) =>
      logits.slice((i * logits.length) / ids.length, ((i + 1) * logits.length) / ids.length),
    );
  });
}

function expectClose(actual: ArrayLike<number>, wanted: readonly number[], tolerance = 1e-4): void {
  const scale = Math.max(...wanted.map(Math.abs));
  const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
  expect(actual.length).toBe(wanted.length);
  expect(worst / scale).toBeLessThan(tolerance);
}

describe.each(["wasm", "cpu"] as const)("the decoder on %s", (backend) => {
  const config = parseConfig(json("config.json"));
  let decoder: Decoder;
  let weights: Weights;
  let lora: Lora;

  beforeAll(async () => {
    await startBackend(backend);
    decoder = new Decoder(config);
    weights = readTensors(folder);
    const adapter = readTensors(new URL("adapter/", folder), "adapter_model");
    const tensors = new Map([...adapter].map(([name, t]) => [name.replace("base_model.model.", ""), t]));
    lora = scaled(8 / Math.sqrt(8), tensors);
  });

  it("reproduces the reference's logits", () => {
    for (const { ids, logits } of expected.logits_last) {
      expectClose(lastLogits(decoder, weights, [ids])[0]!, logits);
    }
  });

  it("gives prompts of several lengths, padded on the right in one batch, the logits they have alone", () => {
    const cases = expected.batch as { ids: number[]; logits: number[] }[];
    const rows = lastLogits(
      decoder,
      weights,
      cases.map((c) => c.ids),
    );
    for (const [i, row] of rows.entries()) expectClose(row, cases[i]!.logits);
  });

  it("reproduces the reference's logits with an adapter", () => {
    for (const { ids, logits } of expected.adapter_logits_last) {
      expectClose(lastLogits(decoder, weights, [ids], lora)[0]!, logits);
    }
  });
});
