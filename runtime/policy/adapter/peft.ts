import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../checkpoint.js";
import { PolicyError } from "../errors.js";
import type { ModelConfig } from "../model/config.js";
import { linearsOf, shortName } from "../model/names.js";
import { openWeights, writeFileAtomically, writeSafetensors } from "../weights/index.js";
import type { JsonObject } from "../weights/json.js";
import { type Adapter, adapterShapes } from "./adapter.js";

/** What PEFT puts before the names of the base model's modules. */
const PREFIX = "base_model.model.";
const MAX_RANK = 1024;

/** Keys of adapter_config.json that say nothing about the numbers. */
const INERT = new Set([
  "auto_mapping",
  "base_model_name_or_path",
  "inference_mode",
  "init_lora_weights",
  "lora_dropout",
  "megatron_core",
  "peft_version",
  "qalora_group_size",
  "revision",
  "runtime_config",
  "task_type",
]);
const READ = new Set(["peft_type", "r", "lora_alpha", "use_rslora", "target_modules", "bias"]);

/**
 * Reads an adapter in PEFT's layout for a base model of the given configuration.
 *
 * @throws PolicyError `bad-adapter` (or `bad-weights` for a broken safetensors file): not LoRA, a variant that is not
 *   computed, or tensors that do not fit this base.
 */
export function readAdapter(folder: string, config: ModelConfig): Adapter {
  const path = join(folder, "adapter_config.json");
  const settings = parseSettings(readJson(path, "bad-adapter"), path, config);
  const shapes = adapterShapes(config, settings.rank, settings.targets);
  const weights = openWeights(folder, "adapter_model");
  try {
    const misfit = (problem: string): PolicyError =>
      new PolicyError("bad-adapter", `${folder}: ${problem}; was it trained on another base model?`);
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
 * @param base what `base_model_name_or_path` shall say
 */
export function writeAdapter(folder: string, adapter: Adapter, config: ModelConfig, base: string): void {
  mkdirSync(folder, { recursive: true });
  const shapes = adapterShapes(config, adapter.rank, adapter.targets);
  const tensors = new Map(
    [...shapes].map(([name, shape]) => [PREFIX + name, { shape, data: adapter.tensors.get(name)! }] as const),
  );
  writeSafetensors(join(folder, "adapter_model.safetensors"), tensors, "F32");
  const settings = {
    base_model_name_or_path: base,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: "LORA",
    r: adapter.rank,
    target_modules: adapter.targets.map(shortName).sort(),
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: adapter.rslora,
  };
  writeFileAtomically(join(folder, "adapter_config.json"), [
    Buffer.from(`${JSON.stringify(settings, null, 2)}\n`),
  ]);
}

function parseSettings(json: JsonObject, path: string, config: ModelConfig): Omit<Adapter, "tensors"> {
  const fail = (problem: string): never => {
    throw new PolicyError("bad-adapter", `${path}: ${problem}`);
  };
  const keys = new Map(Object.entries(json));
  if (keys.get("peft_type") !== "LORA")
    fail(`peft_type is ${JSON.stringify(keys.get("peft_type"))}; only "LORA" is read`);
  for (const [key, value] of keys) {
    if (READ.has(key) || INERT.has(key) || isEmpty(value)) continue;
    fail(
      `${key} is ${JSON.stringify(value)?.slice(0, 80)}, which is not computed; only plain LoRA and rsLoRA are`,
    );
  }
  const bias = keys.get("bias") ?? "none";
  if (bias !== "none") fail(`bias is ${JSON.stringify(bias)}; only "none" is read`);
  const rank = keys.get("r");
  if (typeof rank !== "number" || !Number.isInteger(rank) || rank < 1 || rank > MAX_RANK) {
    return fail(`r must be an integer from 1 to ${MAX_RANK}`);
  }
  const alpha = keys.get("lora_alpha");
  if (typeof alpha !== "number" || !Number.isFinite(alpha)) return fail("lora_alpha must be a number");
  const rslora = keys.get("use_rslora") ?? false;
  if (typeof rslora !== "boolean") return fail("use_rslora must be true or false");
  const linears = linearsOf(config);
  const names: unknown = keys.get("target_modules");
  if (!Array.isArray(names) || names.length === 0)
    return fail("target_modules must be a list of module names");
  for (const name of names) {
    if (!linears.some((linear) => shortName(linear) === name)) {
      fail(
        `target_modules names ${JSON.stringify(name)}, which this model does not have; it has ${linears.map(shortName).join(", ")}`,
      );
    }
  }
  return { rank, alpha, rslora, targets: linears.filter((linear) => names.includes(shortName(linear))) };
}

/** Null, false and empty collections turn a feature off. */
function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === false ||
    (typeof value === "object" && Object.keys(value as object).length === 0)
  );
}
