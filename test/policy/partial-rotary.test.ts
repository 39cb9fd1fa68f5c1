import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Adapter } from "../../runtime/policy/adapter/adapter.js";
import { readAdapter } from "../../runtime/policy/adapter/peft.js";
import type { BackendName } from "../../runtime/policy/engine/backend.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { openWeights, writeSafetensors } from "../../runtime/policy/weights/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { backendsHere, reportMissing } from "./backends.js";
import { relativeError } from "./support.js";

const phi3 = fileURLToPath(new URL("../fixtures/reference/phi3", import.meta.url));

/** Of the fixture: values of a head, how many of them the models here rotate, and heads that are rotated. */
const [HEAD, PART, HEADS, THETA] = [16, 8, 4 + 2, 10000];

/**
 * Where each value of a head stands in a head that is rotated as a whole and does the same: the pairs that are rotated
 * come first, then pairs of the others.
 */
const ORDER = Array.from({ length: HEAD }, (_, i) => {
  const pair = i % (HEAD / 2);
  const second = i < HEAD / 2 ? 0 : 1;
  return pair < PART / 2 ? pair + (second * PART) / 2 : 2 * pair + second;
});

/** Rows of queries and keys by `ORDER`, head by head; what comes after them stays. */
function reorder(values: Float32Array, columns: number): Float32Array {
  const result = values.slice();
  for (let row = 0; row < HEADS * HEAD; row++) {
    const from = row - (row % HEAD) + ORDER[row % HEAD]!;
    result.set(values.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  return result;
}

/** The fixture with another position embedding, and perhaps other weights. */
function variant(rope: object, change: (name: string, values: Float32Array) => Float32Array): string {
  const folder = temporaryFolder();
  cpSync(phi3, folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(phi3, "config.json"), "utf8"));
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, rope_parameters: rope }));
  const weights = openWeights(phi3);
  const tensors = new Map(
    weights.names.map((name) => [
      name,
      { shape: weights.shape(name)!, data: change(name, weights.read(name)) },
    ]),
  );
  weights.close();
  writeSafetensors(join(folder, "model.safetensors"), tensors, "F32");
  return folder;
}

const part = variant(
  { rope_type: "default", rope_theta: THETA, partial_rotary_factor: PART / HEAD },
  (_, values) => values,
);
/** Factors that give the first pairs the angles of a head of `PART` values, and the others next to none. */
const factors = Array.from({ length: HEAD / 2 }, (_, i) =>
  i < PART / 2 ? THETA ** ((-2 * i) / HEAD) / THETA ** ((-2 * i) / PART) : 1e11,
);
const whole = variant(
  {
    rope_type: "longrope",
    rope_theta: THETA,
    short_factor: factors,
    long_factor: factors,
    original_max_position_embeddings: 256,
  },
  (name, values) => (name.endsWith("qkv_proj.weight") ? reorder(values, 64) : values),
);

const prompt = Array.from({ length: 40 }, (_, i) => (7 * i * i + 3 * i + 11) % 475);
const completions = [
  [5, 6, 1],
  [9, 1],
  [40, 41, 42, 43, 1],
].map((ids) => ({ prompt, ids }));

async function behaviour(
  folder: string,
  backend: BackendName,
  change: (values: Float32Array) => Float32Array,
) {
  const model = await LanguageModel.load({ folder, backend, workers: 0 });
  const adapter = readAdapter(join(phi3, "adapter"), model.config);
  const tensors = new Map(
    [...adapter.tensors].map(([name, values]) => [
      name,
      name.endsWith("lora_B.weight") ? change(values) : values,
    ]),
  );
  await model.setAdapter("tuned", { ...adapter, tensors } satisfies Adapter);
  const scores = (await model.score(completions, "tuned")).flat();
  const texts = await model.generate([{ ids: prompt, maxTokens: 12 }], "tuned");
  const gradient = await model.gradient("tuned", completions, [0.5, -0.3, 0.2]);
  await model.close();
  return { scores, texts, gradient };
}

reportMissing();

describe.each(backendsHere)("a model that rotates a part of each head, on %s,", (backend) => {
  it("does what one does that rotates whole heads, with the rest by angles of 0", async () => {
    const rank = 8;
    const partial = await behaviour(part, backend, (values) => values);
    const full = await behaviour(whole, backend, (values) => reorder(values, rank));
    expect(relativeError(partial.scores, full.scores)).toBeLessThan(1e-5);
    expect(partial.texts).toEqual(full.texts);
    for (const [name, values] of partial.gradient) {
      const same = name.endsWith("lora_B.weight") ? reorder(values, rank) : values;
      expect(relativeError(same, full.gradient.get(name)!), name).toBeLessThan(1e-4);
    }
    // Otherwise nothing would have been compared.
    const plain = await behaviour(phi3, backend, (values) => values);
    expect(relativeError(partial.scores, plain.scores)).toBeGreaterThan(1e-3);
  });
});
