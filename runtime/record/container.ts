/**
 * A checkpoint file: named arrays and a JSON value, bit for bit, under a checksum.
 *
 *     8 bytes   "FLOWCKP1"
 *     8 bytes   length of the header, unsigned little-endian
 *     header    UTF-8 JSON { meta, arrays: [[name, "f32" | "f64", length], …] }
 *     arrays    one after the other, little-endian
 *     32 bytes  SHA-256 of everything before
 */
import { createHash } from "node:crypto";
import { RecordError } from "./error.js";

/** A JSON value that goes into a checkpoint beside the arrays. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

export interface Contents {
  readonly meta: Plain;
  readonly arrays: ReadonlyMap<string, Float32Array | Float64Array>;
}

const MAGIC = Buffer.from("FLOWCKP1", "latin1");
const DIGEST = 32;
const WIDTH = { f32: 4, f64: 8 } as const;

/** The file's parts, in order. */
export function pack({ meta, arrays }: Contents): readonly Uint8Array[] {
  const index = [...arrays].map(([name, values]) => [
    name,
    values instanceof Float32Array ? "f32" : "f64",
    values.length,
  ]);
  const header = Buffer.from(JSON.stringify({ meta, arrays: index }), "utf8");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.byteLength));
  const parts = [MAGIC, length, header, ...[...arrays.values()].map(littleEndian)];
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return [...parts, hash.digest()];
}

/** @throws RecordError (`damaged`) if the bytes are not a whole checkpoint */
export function unpack(bytes: Uint8Array, path: string): Contents {
  const damaged = (why: string) => new RecordError("damaged", path, `not a whole checkpoint (${why})`);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = MAGIC.byteLength + 8;
  if (file.byteLength < start + DIGEST) throw damaged(`only ${file.byteLength} bytes`);
  if (!file.subarray(0, MAGIC.byteLength).equals(MAGIC)) throw damaged("it does not begin like one");
  const body = file.subarray(0, file.byteLength - DIGEST);
  const digest = createHash("sha256").update(body).digest();
  if (!digest.equals(file.subarray(body.byteLength))) throw damaged("its checksum differs");
  // From here on the bytes are those that `pack` wrote: what still fails was written by another version.
  const headerLength = Number(file.readBigUInt64LE(MAGIC.byteLength));
  if (headerLength > body.byteLength - start) throw damaged("its header is longer than the file");
  const header = readHeader(body.subarray(start, start + headerLength).toString("utf8"));
  if (header === undefined) throw damaged("its header is not of this format");
  const arrays = new Map<string, Float32Array | Float64Array>();
  let at = start + headerLength;
  for (const [name, type, length] of header.arrays) {
    const size = length * WIDTH[type];
    if (size > body.byteLength - at) throw damaged(`array ${name} is longer than the file`);
    arrays.set(name, read(body.subarray(at, at + size), type, length));
    at += size;
  }
  if (at !== body.byteLength) throw damaged("it holds more than its header says");
  return { meta: header.meta, arrays };
}

type Entry = readonly [name: string, type: keyof typeof WIDTH, length: number];

function readHeader(text: string): { readonly meta: Plain; readonly arrays: readonly Entry[] } | undefined {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof header !== "object" || header === null || !("meta" in header) || !("arrays" in header)) {
    return undefined;
  }
  if (!Array.isArray(header.arrays) || !header.arrays.every(isEntry)) return undefined;
  return { meta: header.meta as Plain, arrays: header.arrays };
}

function isEntry(entry: unknown): entry is Entry {
  if (!Array.isArray(entry) || entry.length !== 3) return false;
  const [name, type, length]: unknown[] = entry;
  const sized = typeof length === "number" && Number.isSafeInteger(length) && length >= 0;
  return typeof name === "string" && (type === "f32" || type === "f64") && sized;
}

function littleEndian(values: Float32Array | Float64Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(values.byteLength));
  if (values instanceof Float32Array)
    for (let i = 0; i < values.length; i += 1) bytes.setFloat32(i * 4, values[i]!, true);
  else for (let i = 0; i < values.length; i += 1) bytes.setFloat64(i * 8, values[i]!, true);
  return new Uint8Array(bytes.buffer);
}

function read(bytes: Uint8Array, type: keyof typeof WIDTH, length: number): Float32Array | Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "f32") return Float32Array.from({ length }, (_, i) => view.getFloat32(i * 4, true));
  return Float64Array.from({ length }, (_, i) => view.getFloat64(i * 8, true));
}
