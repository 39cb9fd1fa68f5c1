import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { decodeFloats, type FloatType, isFloatType } from "./dtype.js";
import { ModelFileError, messageOf } from "./error.js";
import { type Entry, type Header, MAX_HEADER_BYTES, parseHeader } from "./header.js";
import { readWhole } from "./whole.js";

/** An open safetensors file; tensors are read when asked for, so that only what is used is ever in memory. */
export interface SafetensorsFile {
  readonly path: string;
  /** What its writer noted beside the tensors. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: ReadonlyMap<string, Entry>;
  /** One tensor as it is stored. @throws ModelFileError if there is no such tensor, or the file cannot be read */
  bytes(name: string): Uint8Array;
  /**
   * One tensor's values as float32, row by row.
   * @throws ModelFileError if there is no such tensor, its dtype is no float, or the file cannot be read
   */
  read(name: string): Float32Array;
  close(): void;
}

/**
 * Opens a safetensors file and checks its header against the file's size.
 * @throws ModelFileError
 */
export function openSafetensors(path: string): SafetensorsFile {
  let fd: number;
  try {
    // A pipe would have the process wait for a writer.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (thrown) {
    throw new ModelFileError(path, `cannot be opened (${messageOf(thrown)})`);
  }
  try {
    const { metadata, entries } = readHeader(path, fd);
    return {
      path,
      metadata,
      entries,
      bytes: (name) => tensorBytes(path, fd, name, entries.get(name)),
      read: (name) => readTensor(path, fd, name, entries.get(name)),
      close: () => closeSync(fd),
    };
  } catch (thrown) {
    closeSync(fd);
    throw thrown;
  }
}

function readHeader(path: string, fd: number): Header {
  const stat = fstatSync(fd);
  if (!stat.isFile()) throw new ModelFileError(path, "not a regular file");
  if (stat.size < 8) throw new ModelFileError(path, `${stat.size} bytes are too few for a safetensors file`);
  const length = readBytes(path, fd, 0, 8).readBigUInt64LE();
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new ModelFileError(path, `claims a header of ${length} bytes; not a safetensors file?`);
  const start = 8 + Number(length);
  if (start > stat.size)
    throw new ModelFileError(path, `claims a header of ${length} bytes but has ${stat.size}; truncated?`);
  const bytes = readBytes(path, fd, 8, Number(length));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ModelFileError(path, "bad safetensors header: not valid UTF-8");
  }
  return parseHeader(path, text, start, stat.size - start);
}

function readTensor(path: string, fd: number, name: string, entry: Entry | undefined): Float32Array {
  const dtype = entry === undefined ? "F32" : floatType(path, name, entry.dtype);
  return decodeFloats(dtype, tensorBytes(path, fd, name, entry));
}

function tensorBytes(path: string, fd: number, name: string, entry: Entry | undefined): Buffer {
  if (entry === undefined) throw new ModelFileError(path, "is not in the file", name);
  return readBytes(path, fd, entry.offset, entry.byteLength);
}

/** A dtype that can be read as weights. @throws ModelFileError if it is another one */
export function floatType(path: string, name: string, dtype: string): FloatType {
  if (isFloatType(dtype)) return dtype;
  throw new ModelFileError(path, `dtype ${dtype} is not supported; use F32, F16 or BF16`, name);
}

function readBytes(path: string, fd: number, offset: number, length: number): Buffer {
  try {
    const buffer = Buffer.allocUnsafe(length);
    if (readWhole(fd, buffer, offset) === length) return buffer;
  } catch (thrown) {
    throw new ModelFileError(path, `cannot be read (${messageOf(thrown)})`);
  }
  throw new ModelFileError(path, "ended while it was being read");
}
