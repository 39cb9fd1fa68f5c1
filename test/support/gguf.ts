/** A GGUF file as its specification describes it; no code of the project's own is used. */
export interface GgufFile {
  readonly metadata: ReadonlyMap<string, unknown>;
  /** `ne` has the fastest dimension first. */
  readonly tensors: ReadonlyMap<string, { readonly ne: readonly number[]; readonly data: readonly number[] }>;
}

/** Reads the parts of GGUF version 3 that adapters have; throws at anything else. */
export function readGguf(file: Buffer): GgufFile {
  let at = 0;
  const u32 = () => {
    at += 4;
    return file.readUInt32LE(at - 4);
  };
  const u64 = () => {
    at += 8;
    return Number(file.readBigUInt64LE(at - 8));
  };
  const text = () => {
    const length = u64();
    at += length;
    return file.toString("utf8", at - length, at);
  };
  const value = (): unknown => {
    const type = u32();
    if (type === 4) return u32();
    if (type === 8) return text();
    if (type !== 6) throw new Error(`unexpected type ${type}`);
    at += 4;
    return file.readFloatLE(at - 4);
  };
  if (file.toString("latin1", 0, 4) !== "GGUF") throw new Error("no GGUF file");
  at = 4;
  if (u32() !== 3) throw new Error("not version 3");
  const [tensorCount, valueCount] = [u64(), u64()];
  const metadata = new Map<string, unknown>();
  for (let i = 0; i < valueCount; i++) metadata.set(text(), value());
  const infos = Array.from({ length: tensorCount }, () => {
    const name = text();
    const ne = Array.from({ length: u32() }, u64);
    return { name, ne, type: u32(), offset: u64() };
  });
  const start = Math.ceil(at / 32) * 32;
  const tensors = new Map<string, { ne: readonly number[]; data: readonly number[] }>();
  for (const { name, ne, type, offset } of infos) {
    if (offset % 32 !== 0) throw new Error(`${name} is not aligned`);
    const count = ne.reduce((product, n) => product * n, 1);
    const data = Array.from({ length: count }, (_, i) => {
      if (type === 0) return file.readFloatLE(start + offset + 4 * i);
      if (type !== 1) throw new Error(`unexpected tensor type ${type}`);
      return half(file.readUInt16LE(start + offset + 2 * i));
    });
    tensors.set(name, { ne, data });
  }
  return { metadata, tensors };
}

function half(word: number): number {
  const [sign, exponent, mantissa] = [word >> 15 ? -1 : 1, (word >> 10) & 31, word & 1023];
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
