import { existsSync } from "node:fs";
import { join } from "node:path";
import { PolicyError } from "./errors.js";
import { type ModelConfig, parseConfig } from "./model/config.js";
import { EMBEDDING, HEAD, weightShapes } from "./model/names.js";
import { messageOf } from "./weights/error.js";
import { floatType } from "./weights/file.js";
import { openWeights, type Weights } from "./weights/index.js";
import { type JsonObject, parseObject } from "./weights/json.js";
import { readSmallFile } from "./weights/small-file.js";

/** A base model in memory. */
export interface Checkpoint {
  readonly config: ModelConfig;
  /** Values by Hugging Face name, shapes as `weightShapes` says; on shared memory, so that workers need no copies. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** No config.json comes near this. */
const MAX_BYTES = 1_000_000;

/**
 * Reads a model folder in Hugging Face layout: config.json and its safetensors.
 *
 * @throws PolicyError `bad-config` or `bad-weights`: a missing folder or file, a feature that is not computed, a tensor
 *   that is missing, of another shape or not finite, or one that the configuration has no place for.
 */
export function loadCheckpoint(folder: string): Checkpoint {
  const { config, weights } = openCheckpoint(folder);
  try {
    const names = [...weightShapes(config).keys()];
    return {
      config,
      tensors: new Map(names.map((name) => [name, shared(weights.read(name), folder, name)])),
    };
  } finally {
    weights.close();
  }
}

/** Reads config.json of a model folder. @throws PolicyError `bad-config` */
export function readConfig(folder: string): ModelConfig {
  const path = join(folder, "config.json");
  return parseConfig(readJson(path, "bad-config"), path);
}

/** Opens a model folder and holds names, shapes and dtypes of its weights against its config.json, before any value. */
export function openCheckpoint(folder: string): { readonly config: ModelConfig; readonly weights: Weights } {
  const config = readConfig(folder);
  const shapes = weightShapes(config);
  const weights = openWeights(folder);
  try {
    for (const name of weights.names) {
      if (shapes.has(name) || isRedundant(name, config)) continue;
      throw bad(folder, `holds the tensor ${name}, which a model of its config.json does not have`);
    }
    for (const [name, shape] of shapes) {
      const found = weights.shape(name);
      if (found === undefined) throw bad(folder, `lacks the tensor ${name}`);
      if (found.join() !== shape.join()) {
        throw bad(
          folder,
          `tensor ${name} has shape [${found.join(", ")}]; its config.json makes it [${shape.join(", ")}]`,
        );
      }
      floatType(folder, name, weights.dtype(name)!);
    }
    checkTiedHead(folder, config, weights);
    return { config, weights };
  } catch (thrown) {
    weights.close();
    throw thrown;
  }
}

/**
 * Parses a small JSON object from an untrusted folder.
 *
 * @throws PolicyError with the given code if the file is missing, too large or no JSON object.
 */
export function readJson(path: string, code: "bad-config" | "bad-adapter"): JsonObject {
  if (!existsSync(path)) throw new PolicyError(code, `${path} is missing: is this the right folder?`);
  try {
    return parseObject(readSmallFile(path, MAX_BYTES));
  } catch (thrown) {
    throw new PolicyError(code, `${path}: ${messageOf(thrown)}`);
  }
}

/**
 * A head that is stored although it is tied must be the embedding table: readers of Hugging Face's layout do not agree
 * which of two different ones counts.
 */
function checkTiedHead(folder: string, { tiedHead }: ModelConfig, weights: Weights): void {
  if (!tiedHead || weights.shape(HEAD) === undefined) return;
  if (Buffer.compare(weights.bytes(HEAD), weights.bytes(EMBEDDING)) === 0) return;
  throw bad(
    folder,
    `holds the tensor ${HEAD}, which differs from ${EMBEDDING} although tie_word_embeddings is true; set that to false, or remove the tensor`,
  );
}

/** Tensors that some writers add and that say nothing new. */
function isRedundant(name: string, config: ModelConfig): boolean {
  return name.endsWith("rotary_emb.inv_freq") || (config.tiedHead && name === HEAD);
}

function shared(values: Float32Array, folder: string, name: string): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) throw bad(folder, `tensor ${name} holds ${value} at ${i}`);
    copy[i] = value;
  }
  return copy;
}

function bad(folder: string, problem: string): PolicyError {
  return new PolicyError("bad-weights", `${folder}: ${problem}`);
}
