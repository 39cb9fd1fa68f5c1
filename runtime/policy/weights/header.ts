import { BYTES_PER_ELEMENT } from "./dtype.js";
import { ModelFileError, messageOf } from "./error.js";
import { isObject, type JsonObject, parseObject } from "./json.js";

/** Where one tensor lies in a safetensors file. */
export interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** What a file says of itself and of its tensors. */
export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: ReadonlyMap<string, Entry>;
}

/**
 * The largest decoders of these families take a tenth of it, and what a reader makes of a header takes many times its
 * size. The reference implementation's own limit is 100 MB.
 */
export const MAX_HEADER_BYTES = 1 << 24;
const MAX_DIMENSIONS = 32;

/**
 * Reads and checks a safetensors header: tensors must fill the data section in some order without overlap or
 * hole, and each tensor's size must be what its dtype and shape say. Nothing of the data is touched.
 *
 * @param text the JSON header
 * @param dataStart offset of the data section in the file
 * @param dataLength bytes of the data section
 * @throws ModelFileError naming file and tensor
 */
export function parseHeader(file: string, text: string, dataStart: number, dataLength: number): Header {
  let header: JsonObject;
  try {
    header = parseObject(text);
  } catch (thrown) {
    throw new ModelFileError(file, `bad safetensors header: ${messageOf(thrown)}`);
  }
  let metadata: ReadonlyMap<string, string> = new Map();
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = parseMetadata(file, value);
    else entries.set(name, parseEntry(file, name, value, dataStart, dataLength));
  }
  checkCover(file, entries, dataStart, dataLength);
  return { metadata, entries };
}

function parseMetadata(file: string, value: unknown): ReadonlyMap<string, string> {
  if (!isObject(value) || Object.values(value).some((item) => typeof item !== "string"))
    throw new ModelFileError(file, "__metadata__ must map names to strings");
  return new Map(Object.entries(value) as [string, string][]);
}

function parseEntry(
  file: string,
  name: string,
  value: unknown,
  dataStart: number,
  dataLength: number,
): Entry {
  const fail = (problem: string) => new ModelFileError(file, problem, name);
  if (!isObject(value)) throw fail("its header entry is not an object");
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) throw fail(`unknown header field ${JSON.stringify(extra)}`);
  if (typeof dtype !== "string") throw fail("dtype is missing");
  const size = BYTES_PER_ELEMENT.get(dtype);
  if (size === undefined) throw fail(`unknown dtype ${JSON.stringify(dtype)}`);
  if (!isSizes(shape) || shape.length > MAX_DIMENSIONS) throw fail("shape is not a list of sizes");
  const elements = shape.reduce((product, n) => product * n, 1);
  if (!isSizes(offsets) || offsets.length !== 2) throw fail("data_offsets is not a pair of offsets");
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw fail(`data_offsets [${begin}, ${end}] end before they begin`);
  if (end > dataLength)
    throw fail(`ends at byte ${end} of a data section of ${dataLength} bytes; is the file truncated?`);
  // A product beyond 2^53 is no longer exact, but then it is far beyond any file, so the comparison still holds.
  if (elements * size !== end - begin)
    throw fail(`${dtype} of shape [${shape.join(", ")}] takes ${elements * size} bytes, not ${end - begin}`);
  return { dtype, shape, offset: dataStart + begin, byteLength: end - begin };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function checkCover(file: string, entries: Map<string, Entry>, dataStart: number, dataLength: number): void {
  const inOrder = [...entries].sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength);
  let end = dataStart;
  for (const [name, entry] of inOrder) {
    if (entry.offset < end) throw new ModelFileError(file, "overlaps another tensor", name);
    if (entry.offset > end)
      throw new ModelFileError(file, `${entry.offset - end} bytes before it belong to no tensor`, name);
    end = entry.offset + entry.byteLength;
  }
  if (end !== dataStart + dataLength)
    throw new ModelFileError(file, `${dataStart + dataLength - end} bytes at the end belong to no tensor`);
}
