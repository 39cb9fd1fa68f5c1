import { inflateRawSync } from "node:zlib";

/** The files of a zip archive by their paths, as its directory at the end lists them. */
export function readZip(archive: Buffer): ReadonlyMap<string, Buffer> {
  const end = archive.lastIndexOf("PK\x05\x06", undefined, "latin1");
  const count = archive.readUInt16LE(end + 10);
  const files = new Map<string, Buffer>();
  let entry = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    const [method, size] = [archive.readUInt16LE(entry + 10), archive.readUInt32LE(entry + 20)];
    const [name, extra, comment] = [28, 30, 32].map((at) => archive.readUInt16LE(entry + at)) as Lengths;
    const local = archive.readUInt32LE(entry + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + size);
    const path = archive.toString("utf8", entry + 46, entry + 46 + name);
    files.set(path, method === 0 ? packed : inflateRawSync(packed));
    entry += 46 + name + extra + comment;
  }
  return files;
}

type Lengths = [name: number, extra: number, comment: number];
