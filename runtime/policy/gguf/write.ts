import { encodeFloats } from "../weights/dtype.js";

/** A value of a GGUF file's metadata, with the type it is written as. */
export type GgufValue =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "uint32"; readonly value: number }
  | { readonly type: "float32"; readonly value: number };

/** A tensor row by row; its sizes stand in the file the other way round, the fastest one first. */
export interface GgufTensor {
  readonly shape: readonly number[];
  readonly dtype: "F32" | "F16";
  readonly data: Float32Array;
}

const VERSION = 3;
/** Every tensor's data begin at a multiple of this; what readers take where general.alignment is not given. */
const ALIGNMENT = 32;
const VALUE_TYPES = { uint32: 4, float32: 6, string: 8 } as const;
const TENSOR_TYPES = { F32: 0, F16: 1 } as const;

/** The bytes of a GGUF file (version 3, little-endian), part by part, in the order of the maps. */
export function* ggufChunks(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: ReadonlyMap<string, GgufTensor>,
): Generator<Uint8Array> {
  const header = [Buffer.from("GGUF"), uint32(VERSION), uint64(tensors.size), uint64(metadata.size)];
  for (const [key, value] of metadata) header.push(text(key), uint32(VALUE_TYPES[value.type]), encode(value));
  let offset = 0;
  for (const [name, { shape, dtype, data }] of tensors) {
    const sizes = [...shape].reverse();
    header.push(
      text(name),
      uint32(sizes.length),
      ...sizes.map(uint64),
      uint32(TENSOR_TYPES[dtype]),
      uint64(offset),
    );
    offset += aligned(data.length * (dtype === "F32" ? 4 : 2));
  }
  const bytes = Buffer.concat(header);
  yield bytes;
  yield Buffer.alloc(aligned(bytes.length) - bytes.length);
  for (const { dtype, data } of tensors.values()) {
    const values = encodeFloats(dtype, data);
    yield values;
    yield Buffer.alloc(aligned(values.length) - values.length);
  }
}

function encode(value: GgufValue): Buffer {
  switch (value.type) {
    case "string":
      return text(value.value);
    case "uint32":
      return uint32(value.value);
    case "float32": {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value.value);
      return bytes;
    }
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
