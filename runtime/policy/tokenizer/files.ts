import { existsSync } from "node:fs";
import { join } from "node:path";
import { ModelFileError, messageOf } from "../weights/error.js";
import { type JsonObject, parseObject } from "../weights/json.js";
import { readSmallFile } from "../weights/small-file.js";

/** The tokenizers of the largest vocabularies take about 20 MB. */
const MAX_BYTES = 64_000_000;

/**
 * A text file of a model folder, or undefined if there is none.
 * @throws ModelFileError `bad-tokenizer` if it is too large or cannot be read
 */
export function readText(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (!existsSync(path)) return undefined;
  try {
    return readSmallFile(path, MAX_BYTES);
  } catch (thrown) {
    throw new ModelFileError(path, messageOf(thrown), undefined, "bad-tokenizer");
  }
}

/**
 * A JSON object of a model folder, or undefined if there is no such file.
 * @throws ModelFileError `bad-tokenizer`
 */
export function readObject(folder: string, name: string): JsonObject | undefined {
  const text = readText(folder, name);
  if (text === undefined) return undefined;
  try {
    return parseObject(text);
  } catch (thrown) {
    throw new ModelFileError(join(folder, name), messageOf(thrown), undefined, "bad-tokenizer");
  }
}
