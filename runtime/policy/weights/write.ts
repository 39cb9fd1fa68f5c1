import { writeFileAtomically } from "./atomic.js";
import { BYTES_PER_ELEMENT, encodeFloats, OVERFLOW } from "./dtype.js";

/** A tensor in memory: values row by row. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A tensor as it is to be stored; its bytes are asked for when they are written, so that not all are ever in memory. */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  bytes(): Uint8Array;
}

/**
 * Writes tensors as a safetensors file, atomically. The same tensors give the same bytes, in whatever order the
 * map holds them.
 *
 * @param dtype F16 rounds to nearest, ties to even
 * @param notes for the file's metadata, by name
 * @throws RangeError if a shape does not fit its data, or a value is not finite in `dtype` (a caller's bug);
 *   the file system's own error otherwise
 */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  dtype: "F32" | "F16",
  notes: Readonly<Record<string, string>> = {},
): void {
  for (const [name, { shape, data }] of tensors) check(name, shape, data, dtype);
  const stored = [...tensors].map(
    ([name, { shape, data }]) => [name, { dtype, shape, bytes: () => encodeFloats(dtype, data) }] as const,
  );
  writeFileAtomically(path, safetensorsChunks(new Map(stored), notes));
}

/**
 * The bytes of a safetensors file: its header at once, then one tensor after the other.
 *
 * @throws RangeError if a tensor's bytes are not as many as its shape and dtype say (a caller's bug)
 */
export function* safetensorsChunks(
  tensors: ReadonlyMap<string, StoredTensor>,
  notes: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const width = (name: string) => BYTES_PER_ELEMENT.get(tensors.get(name)!.dtype)!;
  // Wide elements first, so that every tensor begins at a multiple of its element's size.
  const names = [...tensors.keys()].sort((a, b) => width(b) - width(a) || (a < b ? -1 : 1));
  // Entries rather than an object literal: "__proto__" must become an own key like any other.
  const header: [string, unknown][] = [["__metadata__", { format: "pt", ...notes }]];
  let offset = 0;
  for (const name of names) {
    const { dtype, shape } = tensors.get(name)!;
    const end = offset + byteLength({ dtype, shape });
    header.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  // Spaces up to a multiple of eight keep the data aligned for readers that map the file into memory.
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  yield length;
  yield padded;
  for (const name of names) {
    const tensor = tensors.get(name)!;
    const bytes = tensor.bytes();
    if (bytes.length !== byteLength(tensor)) throw new RangeError(`tensor ${name} has ${bytes.length} bytes`);
    yield bytes;
  }
}

/** Bytes that a tensor takes in a file. */
export function byteLength({ dtype, shape }: Pick<StoredTensor, "dtype" | "shape">): number {
  return shape.reduce((product, n) => product * n, BYTES_PER_ELEMENT.get(dtype)!);
}

function check(name: string, shape: readonly number[], data: Float32Array, dtype: "F32" | "F16"): void {
  const elements = shape.reduce((product, n) => product * n, 1);
  if (elements !== data.length)
    throw new RangeError(`tensor ${name}: shape [${shape.join(", ")}] does not fit ${data.length} values`);
  if (!data.every((value) => Math.abs(value) < OVERFLOW[dtype]))
    throw new RangeError(`tensor ${name} holds a value that is not finite in ${dtype}`);
}
