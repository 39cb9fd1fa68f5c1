import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";

/**
 * Compresses text with fixed settings: level 9, no name, time 0, and "unknown" as operating system, so that the same
 * zlib gives the same bytes on every system.
 */
export function gzip(text: string): Buffer {
  const bytes = gzipSync(Buffer.from(text, "utf8"), {
    level: 9,
    memLevel: 9,
    strategy: constants.Z_DEFAULT_STRATEGY,
  });
  // RFC 1952: bytes 4-7 are the time (Node writes 0), byte 9 is the system.
  bytes.fill(0, 4, 8);
  bytes[9] = 255;
  return bytes;
}

/** Writes a compressed file `name.jsonl.gz`: under a temporary name first, so that no reader meets half a file. */
export function writeCompressed(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.jsonl.gz`);
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, gzip(text));
  renameSync(temporary, path);
}
