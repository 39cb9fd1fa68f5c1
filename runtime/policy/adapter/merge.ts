import { closeSync, copyFileSync, fsyncSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as eventLoopTurn } from "node:timers/promises";
import { openCheckpoint, readJson } from "../checkpoint.js";
import { PolicyError } from "../errors.js";
import { linearShape, modulesOf } from "../model/names.js";
import {
  byteLength,
  digestWeights,
  encodeFloats,
  type FloatType,
  isFloatType,
  OVERFLOW,
  type StoredTensor,
  safetensorsChunks,
  type Weights,
  writeWhole,
} from "../weights/index.js";
import { type Adapter, adapterScale, LORA_A, LORA_B } from "./adapter.js";
import { readAdapter } from "./peft.js";

export interface MergeOptions {
  /** A model folder in Hugging Face layout. */
  readonly base: string;
  /** An adapter folder in PEFT layout. */
  readonly adapter: string;
  /** An empty folder. */
  readonly out: string;
  /** What all weights are stored as; each as in the base by default. */
  readonly dtype?: FloatType | undefined;
  /** A base in one file is written in several where its weights take more than this; default 5 GB. */
  readonly shardBytes?: number | undefined;
  readonly onProgress?: (tensors: number, total: number) => void;
}

export interface Merged {
  readonly tensors: number;
  /** Tensors that the adapter changed. */
  readonly adapted: number;
  readonly bytes: number;
  readonly dtypes: readonly string[];
  /** Names of the files that hold weights. */
  readonly files: readonly string[];
}

const SHARD_BYTES = 5e9;
const FILE = "model.safetensors";

/** What of a base's folder belongs to the merged model as it is: its tokenizer, chat template, generation settings, licence. */
const COMPANION =
  /^(?:generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|chat_template)\.json$|^merges\.txt$|^tokenizer\.model$|\.jinja$|^(?:LICENSE|NOTICE)/u;

/**
 * Writes the model that a base with an adapter is, as one checkpoint: each adapted weight is W + scale · B A, computed
 * in float64 and rounded once to what it is stored as. One tensor at a time is in memory.
 *
 * @throws PolicyError for a base or an adapter that cannot be read, or a value that the dtype cannot hold; the file
 *   system's own error otherwise
 */
export async function mergeAdapter(options: MergeOptions): Promise<Merged> {
  const { base, out, dtype, onProgress } = options;
  const { config, weights } = openCheckpoint(base);
  try {
    const adapter = readAdapter(options.adapter, config, () => digestWeights(base));
    const linears = modulesOf(config);
    const tensors = new Map<string, StoredTensor>();
    for (const name of weights.names) {
      const module = name.replace(/\.weight$/, "");
      const linear = linears.get(module);
      const adapted = adapter.modules.has(module) && linear !== undefined && name.endsWith(".weight");
      const add = adapted ? () => update(adapter, module, linearShape(config, linear)) : undefined;
      tensors.set(name, mergedTensor(weights, name, dtype, add));
    }
    const files = intoFiles(weights, tensors, options.shardBytes ?? SHARD_BYTES);
    let done = 0;
    for (const [file, names] of files) {
      const chunks = safetensorsChunks(
        new Map(
          names.map((name) => {
            const tensor = tensors.get(name)!;
            const bytes = () => {
              onProgress?.(++done, tensors.size);
              return tensor.bytes();
            };
            return [name, { ...tensor, bytes }];
          }),
        ),
      );
      await writeChunks(join(out, file), chunks);
    }
    const bytes = [...tensors.values()].reduce((sum, tensor) => sum + byteLength(tensor), 0);
    if (files.size > 1) writeIndex(out, files, bytes);
    copyCompanions(base, out, dtype);
    return {
      tensors: tensors.size,
      adapted: adapter.modules.size,
      bytes,
      dtypes: [...new Set([...tensors.values()].map((tensor) => tensor.dtype))].sort(),
      files: [...files.keys()],
    };
  } finally {
    weights.close();
  }
}

function mergedTensor(
  weights: Weights,
  name: string,
  wanted: FloatType | undefined,
  add: (() => Float64Array) | undefined,
): StoredTensor {
  const stored = weights.dtype(name)!;
  const dtype = wanted !== undefined && isFloatType(stored) ? wanted : stored;
  const shape = weights.shape(name)!;
  if (!isFloatType(dtype) || (add === undefined && dtype === stored)) {
    return { dtype, shape, bytes: () => weights.bytes(name) };
  }
  return {
    dtype,
    shape,
    bytes() {
      const values = weights.read(name);
      const added = add?.();
      for (let i = 0; i < values.length; i++) {
        const value = values[i]! + (added?.[i] ?? 0);
        if (!(Math.abs(value) < OVERFLOW[dtype])) {
          throw new PolicyError(
            "bad-weights",
            `tensor ${name} would hold ${value}, which ${dtype} cannot; merge with another --dtype`,
          );
        }
        values[i] = value;
      }
      return encodeFloats(dtype, values);
    },
  };
}

/** scale · B A of one module, `[out, in]` row by row. */
function update(adapter: Adapter, module: string, [out, width]: readonly [number, number]): Float64Array {
  const { rank } = adapter.modules.get(module)!;
  const scale = adapterScale(adapter, module);
  const a = adapter.tensors.get(module + LORA_A)!;
  const b = adapter.tensors.get(module + LORA_B)!;
  const product = new Float64Array(out * width);
  for (let row = 0; row < out; row++) {
    for (let k = 0; k < rank; k++) {
      const factor = scale * b[row * rank + k]!;
      if (factor === 0) continue;
      const [to, from] = [row * width, k * width];
      for (let i = 0; i < width; i++) product[to + i]! += factor * a[from + i]!;
    }
  }
  return product;
}

/** Which tensors stand in which file: as in a sharded base, else in one file, or in several of limited size. */
function intoFiles(
  weights: Weights,
  tensors: ReadonlyMap<string, StoredTensor>,
  limit: number,
): ReadonlyMap<string, readonly string[]> {
  const of = new Map<string, string[]>();
  for (const name of tensors.keys()) {
    const file = weights.file(name)!;
    of.set(file, [...(of.get(file) ?? []), name]);
  }
  if (of.size > 1) return new Map([...of].sort(([a], [b]) => (a < b ? -1 : 1)));
  const shards: string[][] = [[]];
  let size = 0;
  for (const [name, tensor] of tensors) {
    const bytes = byteLength(tensor);
    if (size > 0 && size + bytes > limit) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(name);
    size += bytes;
  }
  const number = (i: number) => String(i).padStart(5, "0");
  const nameOf = (i: number) =>
    shards.length === 1 ? FILE : `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
  return new Map(shards.map((names, i) => [nameOf(i), names]));
}

async function writeChunks(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const file = openSync(path, "wx");
  try {
    for (const chunk of chunks) {
      writeWhole(file, chunk);
      // Otherwise Ctrl-C would not be heard before the very end.
      await eventLoopTurn();
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeIndex(out: string, files: ReadonlyMap<string, readonly string[]>, bytes: number): void {
  const entries = [...files].flatMap(([file, names]) => names.map((name) => [name, file] as const));
  const weight_map = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  writeJson(join(out, `${FILE}.index.json`), { metadata: { total_size: bytes }, weight_map });
}

function copyCompanions(base: string, out: string, dtype: FloatType | undefined): void {
  for (const entry of readdirSync(base, { withFileTypes: true })) {
    if (!entry.isDirectory() && COMPANION.test(entry.name))
      copyFileSync(join(base, entry.name), join(out, entry.name));
  }
  const config = join(base, "config.json");
  if (dtype === undefined) copyFileSync(config, join(out, "config.json"));
  else {
    const json = readJson(config, "bad-config");
    // The older name where the base has none, since all versions know it.
    const keys = ["dtype", "torch_dtype"].filter((key) => key in json);
    const said = (keys.length === 0 ? ["torch_dtype"] : keys).map((key) => [key, TORCH[dtype]]);
    writeJson(join(out, "config.json"), { ...json, ...Object.fromEntries(said) });
  }
}

const TORCH: Readonly<Record<FloatType, string>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`, { flush: true });
}
