/** Bytes per element of the safetensors dtypes whose size is a whole number of bytes. */
export const BYTES_PER_ELEMENT: ReadonlyMap<string, number> = new Map([
  ["BOOL", 1],
  ["U8", 1],
  ["I8", 1],
  ["F8_E4M3", 1],
  ["F8_E5M2", 1],
  ["U16", 2],
  ["I16", 2],
  ["F16", 2],
  ["BF16", 2],
  ["U32", 4],
  ["I32", 4],
  ["F32", 4],
  ["U64", 8],
  ["I64", 8],
  ["F64", 8],
]);

/** The dtypes that can be read as weights. */
export type FloatType = "F32" | "F16" | "BF16";

export function isFloatType(dtype: string): dtype is FloatType {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16";
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The value of an IEEE 754 binary16. */
export function fromHalf(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

let halves: Float32Array | undefined;

/** The values of all binary16: to look one up takes a tenth of the time that working it out does, and models have billions. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 1 << 16 }, (_, half) => fromHalf(half));
  return halves;
}

/** The binary16 nearest to a value, ties to even; what is too large becomes an infinity. */
export function toHalf(value: number): number {
  float[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: a multiple of 2^-24. Scaling by a power of two is exact, so one rounding remains.
    return sign | roundHalfToEven(Math.abs(float[0]!) * 2 ** 24);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5 || (rest === 0.5 && floor % 2 === 0)) return floor;
  return floor + 1;
}

/** Little-endian bytes of `dtype` as float32; the length of `bytes` is a whole number of elements. */
export function decodeFloats(dtype: FloatType, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === "F32") {
    const out = new Float32Array(bytes.byteLength / 4);
    for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(4 * i, true);
    return out;
  }
  const out = new Float32Array(bytes.byteLength / 2);
  if (dtype === "F16") {
    const table = halfTable();
    for (let i = 0; i < out.length; i++) out[i] = table[view.getUint16(2 * i, true)]!;
  } else {
    const words = new Uint32Array(out.buffer);
    for (let i = 0; i < out.length; i++) words[i] = view.getUint16(2 * i, true) << 16;
  }
  return out;
}

/** The bfloat16 nearest to a value, ties to even; what is too large becomes an infinity. */
export function toBrainFloat(value: number): number {
  float[0] = value;
  const word = bits[0]!;
  if (Number.isNaN(value)) return (word >>> 16) | 0x40;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Values at least this large have no finite neighbour in the type. */
export const OVERFLOW: Readonly<Record<FloatType, number>> = {
  F32: Number.POSITIVE_INFINITY,
  // Halfway from the largest finite value to the next power of two
  F16: 65520,
  BF16: 2 ** 128 - 2 ** 119,
};

/** Float32 values as little-endian bytes of `dtype`. */
export function encodeFloats(dtype: FloatType, values: Float32Array): Uint8Array {
  const out = new Uint8Array(values.length * (dtype === "F32" ? 4 : 2));
  const view = new DataView(out.buffer);
  for (let i = 0; i < values.length; i++) {
    if (dtype === "F32") view.setFloat32(4 * i, values[i]!, true);
    else view.setUint16(2 * i, dtype === "F16" ? toHalf(values[i]!) : toBrainFloat(values[i]!), true);
  }
  return out;
}
