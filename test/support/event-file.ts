/** A reader of TensorBoard's event files that shares no code with the writer. */

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly version?: string;
  readonly started?: boolean;
  readonly scalars: ReadonlyMap<string, number>;
  readonly texts: ReadonlyMap<string, string>;
}

/** @throws Error where the bytes are no whole event file */
export function readEventFile(bytes: Buffer): readonly ReadEvent[] {
  return records(bytes).map(readEvent);
}

/** The data of every record, its checksums compared. */
export function records(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = Number(bytes.readBigUInt64LE(at));
    if (bytes.readUInt32LE(at + 8) !== masked(bytes.subarray(at, at + 8))) throw new Error(`length at ${at}`);
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (data.length !== length) throw new Error(`cut short at ${at}`);
    if (bytes.readUInt32LE(at + 12 + length) !== masked(data)) throw new Error(`data at ${at}`);
    found.push(data);
    at += 16 + length;
  }
  return found;
}

/** Bit by bit, most significant first: slow, and not a table. */
function crc(bytes: Buffer): number {
  let remainder = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit += 1) {
      const incoming = BigInt((byte >> bit) & 1);
      const outgoing = (remainder >> 31n) & 1n;
      remainder = (remainder << 1n) & 0xffffffffn;
      if (incoming !== outgoing) remainder ^= 0x1edc6f41n;
    }
  }
  let reflected = 0n;
  for (let bit = 0n; bit < 32n; bit += 1n) reflected |= ((remainder >> bit) & 1n) << (31n - bit);
  return Number(reflected ^ 0xffffffffn);
}

function masked(bytes: Buffer): number {
  const value = BigInt(crc(bytes));
  const rotated = ((value >> 15n) | (value << 17n)) & 0xffffffffn;
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}

type Wire = ReadonlyMap<number, readonly (Buffer | bigint)[]>;

/** Fields by number: varints as numbers, everything else as its bytes. */
export function wire(bytes: Buffer): Wire {
  const fields = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    if (at + length > bytes.length) throw new Error("a field is longer than its message");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    const type = Number(tag & 7n);
    const read = new Map<number, () => Buffer | bigint>([
      [0, varint],
      [1, () => take(8)],
      [2, () => take(Number(varint()))],
      [5, () => take(4)],
    ]).get(type);
    if (read === undefined) throw new Error(`wire type ${type}`);
    fields.set(number, [...(fields.get(number) ?? []), read()]);
  }
  return fields;
}

function readEvent(bytes: Buffer): ReadEvent {
  const fields = wire(bytes);
  const part = (of: Wire, number: number) => of.get(number)?.[0] as Buffer | undefined;
  const version = part(fields, 3)?.toString("utf8");
  const session = part(fields, 7);
  const scalars = new Map<string, number>();
  const texts = new Map<string, string>();
  const summary = part(fields, 5);
  for (const value of summary === undefined ? [] : (wire(summary).get(1) ?? [])) {
    const of = wire(value as Buffer);
    const tag = part(of, 1)!.toString("utf8");
    const simple = part(of, 2);
    const tensor = part(of, 8);
    if (simple !== undefined) scalars.set(tag, simple.readFloatLE());
    if (tensor !== undefined) {
      const plugin = part(wire(part(wire(part(of, 9)!), 1)!), 1)!.toString("utf8");
      if (plugin !== "text") throw new Error(`a tensor for ${plugin}`);
      texts.set(tag, part(wire(tensor), 8)!.toString("utf8"));
    }
  }
  return {
    wallTime: part(fields, 1)!.readDoubleLE(),
    step: Number(fields.get(2)?.[0] ?? 0n),
    ...(version === undefined ? {} : { version }),
    ...(session === undefined ? {} : { started: wire(session).get(1)?.[0] === 1n }),
    scalars,
    texts,
  };
}
