/** Fields of a protobuf message in its wire format, as far as an event file needs them. */
export type Field = Uint8Array;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A field of type int64, which must not be negative here. */
export function int64(number: number, value: number): Field {
  return Buffer.concat([tag(number, VARINT), varint(BigInt(value))]);
}

/** A field of type double. */
export function double(number: number, value: number): Field {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(number, FIXED64), bytes]);
}

/** A field of type float. What float32 does not hold becomes infinite. */
export function float(number: number, value: number): Field {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(number, FIXED32), bytes]);
}

/** A field of type string. Half a surrogate pair, which UTF-8 does not have, becomes U+FFFD. */
export function string(number: number, value: string): Field {
  return bytes(number, Buffer.from(value, "utf8"));
}

/** A field that holds a message. */
export function message(number: number, fields: readonly Field[]): Field {
  return bytes(number, Buffer.concat(fields));
}

function bytes(number: number, value: Uint8Array): Field {
  return Buffer.concat([tag(number, BYTES), varint(BigInt(value.byteLength)), value]);
}

function tag(number: number, type: number): Uint8Array {
  return varint(BigInt((number << 3) | type));
}

/** Seven bits a byte, the lowest first; the high bit says that more come. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}
