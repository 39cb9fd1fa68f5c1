import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { pid } from "node:process";
import { writeWhole } from "./whole.js";

/**
 * Writes a file so that at any moment, even after a crash, the path holds either the old content or the new one
 * whole: under a temporary name beside it, synced, renamed, and the folder synced.
 *
 * @throws the file system's own error (full disk, no permission); the temporary file is then gone
 */
export function writeFileAtomically(path: string, chunks: Iterable<Uint8Array>): void {
  const temporary = `${path}.${pid}.tmp`;
  try {
    const fd = openSync(temporary, "w");
    try {
      for (const chunk of chunks) writeWhole(fd, chunk);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  }
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
