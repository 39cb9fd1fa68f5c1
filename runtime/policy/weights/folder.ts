import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { ModelFileError, messageOf } from "./error.js";
import { openSafetensors, type SafetensorsFile } from "./file.js";
import { isObject, type JsonObject, parseObject } from "./json.js";
import { readSmallFile } from "./small-file.js";

/** The tensors of a model or adapter, in one file or many. */
export interface Weights {
  /** Names in ascending order of code units. */
  readonly names: readonly string[];
  /** What the writer noted beside the tensors, of all files together. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The shape of a tensor, or undefined if there is none of that name. */
  shape(name: string): readonly number[] | undefined;
  /** The dtype of a tensor as safetensors names it, e.g. `BF16`, or undefined if there is none of that name. */
  dtype(name: string): string | undefined;
  /** The name of the file that holds a tensor. */
  file(name: string): string | undefined;
  /** One tensor as it is stored. @throws ModelFileError if there is no such tensor or it cannot be read */
  bytes(name: string): Uint8Array;
  /**
   * One tensor's values as float32, row by row. A fresh array on each call.
   * @throws ModelFileError if there is no such tensor or it cannot be read
   */
  read(name: string): Float32Array;
  /** Closes the files; nothing can be read afterwards. */
  close(): void;
}

/** As many tensors as a header may name. */
const MAX_INDEX_BYTES = 1 << 24;

/**
 * Opens the weights of a folder in Hugging Face layout: `<stem>.safetensors`, or the shards that
 * `<stem>.safetensors.index.json` names. Headers are read and checked at once, values when asked for.
 *
 * @param stem `model` for models, `adapter_model` for PEFT adapters
 * @throws ModelFileError
 */
export function openWeights(folder: string, stem = "model"): Weights {
  const single = join(folder, `${stem}.safetensors`);
  const index = `${single}.index.json`;
  if (existsSync(single)) {
    const file = openSafetensors(single);
    return combine(folder, new Map([...file.entries.keys()].map((name) => [name, file])), [file]);
  }
  if (existsSync(index)) return openShards(folder, index);
  throw new ModelFileError(
    folder,
    `holds no weights: neither ${basename(single)} nor ${basename(index)}${otherFormat(folder)}`,
  );
}

/** What to do where a folder holds weights in a format that is not read. */
function otherFormat(folder: string): string {
  const other = existsSync(folder)
    ? readdirSync(folder).find((name) => /\.(bin|gguf|pth?|ckpt)$/.test(name))
    : undefined;
  if (other === undefined) return "";
  return `; ${other} is of a format that is not read: save the model as safetensors (save_pretrained of transformers and PEFT does)`;
}

/** The names of the files that an index of shards places tensors in. @throws ModelFileError */
export function shardsOf(index: string): ReadonlySet<string> {
  return new Set(readIndex(index).values());
}

function openShards(folder: string, index: string): Weights {
  const map = readIndex(index);
  const opened = new Map<string, SafetensorsFile>();
  const where = new Map<string, SafetensorsFile>();
  try {
    for (const [name, shard] of map) {
      let file = opened.get(shard);
      if (file === undefined) {
        file = openSafetensors(join(folder, shard));
        opened.set(shard, file);
      }
      if (!file.entries.has(name)) throw new ModelFileError(file.path, "is not in the file", name);
      where.set(name, file);
    }
    for (const file of opened.values())
      for (const name of file.entries.keys())
        if (where.get(name) !== file)
          throw new ModelFileError(file.path, `the index ${basename(index)} does not place it here`, name);
  } catch (thrown) {
    for (const file of opened.values()) file.close();
    throw thrown;
  }
  return combine(folder, where, [...opened.values()]);
}

function readIndex(path: string): Map<string, string> {
  let index: JsonObject;
  try {
    index = parseObject(readSmallFile(path, MAX_INDEX_BYTES));
  } catch (thrown) {
    throw new ModelFileError(path, `bad index: ${messageOf(thrown)}`);
  }
  const weightMap = index.weight_map;
  if (!isObject(weightMap)) throw new ModelFileError(path, "bad index: weight_map is missing");
  const map = new Map<string, string>();
  for (const [name, shard] of Object.entries(weightMap)) {
    if (typeof shard !== "string") throw new ModelFileError(path, "its shard is not a file name", name);
    if (!/^[\w.-]+\.safetensors$/.test(shard))
      throw new ModelFileError(path, `${JSON.stringify(shard)} is not the name of a file beside it`, name);
    map.set(name, shard);
  }
  return map;
}

function combine(folder: string, where: Map<string, SafetensorsFile>, files: SafetensorsFile[]): Weights {
  const fileOf = (name: string): SafetensorsFile => {
    const file = where.get(name);
    if (file === undefined) throw new ModelFileError(folder, "is not among the weights", name);
    return file;
  };
  return {
    names: [...where.keys()].sort(),
    metadata: new Map(files.flatMap((file) => [...file.metadata])),
    shape: (name) => where.get(name)?.entries.get(name)?.shape,
    dtype: (name) => where.get(name)?.entries.get(name)?.dtype,
    file: (name) => (where.has(name) ? basename(fileOf(name).path) : undefined),
    bytes: (name) => fileOf(name).bytes(name),
    read: (name) => fileOf(name).read(name),
    close() {
      for (const file of files) file.close();
    },
  };
}
