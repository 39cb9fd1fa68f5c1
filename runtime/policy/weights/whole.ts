import { readSync, writeSync } from "node:fs";

/** Bytes of one call at most: Node takes lengths below 2^31, and single tensors are larger. */
const PART = 2 ** 30;

/**
 * Fills a buffer from a file.
 *
 * @param position of the first byte in the file
 * @param part bytes of one call at most
 * @returns how many bytes there were: fewer than wanted where the file ends
 */
export function readWhole(fd: number, buffer: Uint8Array, position: number, part = PART): number {
  let done = 0;
  while (done < buffer.byteLength) {
    const count = readSync(fd, buffer, done, Math.min(part, buffer.byteLength - done), position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Writes all bytes at a file's end. @param part bytes of one call at most */
export function writeWhole(fd: number, bytes: Uint8Array, part = PART): void {
  for (let done = 0; done < bytes.byteLength; )
    done += writeSync(fd, bytes, done, Math.min(part, bytes.byteLength - done));
}
