import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../checkpoint.js";
import { PolicyError } from "../errors.js";
import type { ModelConfig } from "../model/config.js";
import { openWeights, writeFileAtomically, writeSafetensors } from "../weights/index.js";
import { type Adapter, adapterShapes } from "./adapter.js";
import { parsePeftConfig, peftConfig } from "./peft-config.js";

/** What PEFT puts before the names of the base model's modules. */
const PREFIX = "base_model.model.";

/** Where the weights file notes which weights it was trained over; PEFT writes no such note, and reads none. */
const BASE_NOTE = "flowc.base";

/** The base model that an adapter belongs to. */
export interface AdapterBase {
  /** What `base_model_name_or_path` shall say. */
  readonly name: string;
  /** Of `digestWeights`; without it the adapter is not bound to these weights. */
  readonly digest?: string;
}

/**
 * Reads an adapter in PEFT's layout for a base model of the given configuration.
 *
 * @param digest of the base's weights, asked for where the adapter notes which it was trained over: two bases of one
 *   shape take each other's adapters without complaint otherwise
 * @throws PolicyError `bad-adapter` (or `bad-weights` for a broken safetensors file): not LoRA, a variant that is not
 *   computed, or tensors that do not fit this base.
 */
export function readAdapter(folder: string, config: ModelConfig, digest?: () => string): Adapter {
  const path = join(folder, "adapter_config.json");
  const settings = parsePeftConfig(readJson(path, "bad-adapter"), path, config);
  const shapes = adapterShapes(config, settings.modules);
  const weights = openWeights(folder, "adapter_model");
  try {
    const misfit = (problem: string): PolicyError =>
      new PolicyError("bad-adapter", `${folder}: ${problem}; was it trained on another base model?`);
    const trainedOver = weights.metadata.get(BASE_NOTE);
    if (trainedOver !== undefined && digest !== undefined && trainedOver !== digest()) {
      throw new PolicyError(
        "bad-adapter",
        `${folder}: was trained over another base model, whose weights have the SHA-256 ${trainedOver.slice(0, 12)}…, not ${digest().slice(0, 12)}…`,
      );
    }
    for (const name of weights.names) {
      if (!name.startsWith(PREFIX) || !shapes.has(name.slice(PREFIX.length))) {
        throw misfit(`the tensor ${name} has no place in this model`);
      }
    }
    for (const [name, shape] of shapes) {
      const found = weights.shape(PREFIX + name);
      if (found === undefined) throw misfit(`lacks the tensor ${PREFIX + name}`);
      if (found.join() !== shape.join()) {
        throw misfit(
          `tensor ${PREFIX + name} has shape [${found.join(", ")}], this model needs [${shape.join(", ")}]`,
        );
      }
    }
    const tensors = new Map<string, Float32Array>();
    for (const name of shapes.keys()) {
      const values = weights.read(PREFIX + name);
      if (!values.every(Number.isFinite)) {
        throw new PolicyError(
          "bad-adapter",
          `${folder}: tensor ${PREFIX + name} holds a value that is not finite`,
        );
      }
      tensors.set(name, values);
    }
    return { ...settings, tensors };
  } finally {
    weights.close();
  }
}

/**
 * Writes an adapter in PEFT's layout: adapter_config.json and adapter_model.safetensors (float32), each atomically.
 *
 * @param base named in the settings, and noted beside the tensors
 */
export function writeAdapter(
  folder: string,
  adapter: Adapter,
  config: ModelConfig,
  { name, digest }: AdapterBase,
): void {
  mkdirSync(folder, { recursive: true });
  const shapes = adapterShapes(config, adapter.modules);
  const tensors = new Map(
    [...shapes].map(([name, shape]) => [PREFIX + name, { shape, data: adapter.tensors.get(name)! }] as const),
  );
  writeSafetensors(
    join(folder, "adapter_model.safetensors"),
    tensors,
    "F32",
    digest === undefined ? {} : { [BASE_NOTE]: digest },
  );
  const settings = peftConfig(adapter, config, name);
  writeFileAtomically(join(folder, "adapter_config.json"), [
    Buffer.from(`${JSON.stringify(settings, null, 2)}\n`),
  ]);
}
