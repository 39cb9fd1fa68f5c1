import * as fs from "node:fs";
import * as path from "node:path";
import { RecordError } from "./error.js";
import { makeFolder } from "./make-folder.js";

/**
 * The file operations that a run needs, handed in so that tests can let them fail at any moment. All throw what
 * `node:fs` throws.
 */
export interface Disk {
  makeDirectory(path: string): void;
  /** Undefined if there is no such file. */
  read(path: string): Uint8Array | undefined;
  /** Names in a directory, sorted; empty if there is none. */
  list(path: string): readonly string[];
  /** Writes a whole file and syncs it. */
  write(path: string, parts: readonly Uint8Array[]): void;
  /** Adds to the end of a file, which is made if need be. */
  append(path: string, bytes: Uint8Array): void;
  /** Syncs a file or directory. */
  sync(path: string): void;
  truncate(path: string, length: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

export const nodeDisk: Disk = {
  makeDirectory(at) {
    makeFolder(at);
  },
  read(at) {
    try {
      return fs.readFileSync(at);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  },
  list(at) {
    try {
      return fs.readdirSync(at).sort();
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    }
  },
  write(at, parts) {
    const file = fs.openSync(at, "w");
    try {
      for (const part of parts) writeAll(file, part);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  },
  append(at, bytes) {
    const file = fs.openSync(at, "a");
    try {
      writeAll(file, bytes);
    } finally {
      fs.closeSync(file);
    }
  },
  sync(at) {
    const file = fs.openSync(at, "r");
    try {
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  },
  truncate(at, length) {
    fs.truncateSync(at, length);
  },
  rename(from, to) {
    fs.renameSync(from, to);
  },
  remove(at) {
    fs.rmSync(at, { force: true });
  },
};

/** Bytes of one call at most: Node takes lengths below 2^31. */
const PART = 2 ** 30;

function writeAll(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.byteLength)
    written += fs.writeSync(file, bytes, written, Math.min(PART, bytes.byteLength - written));
}

/** Ends the name of a file that is being written: it can be removed whenever no process writes. */
export const TEMPORARY = ".tmp";

/**
 * Writes a file so that its name always holds either the old or the new contents whole: temporary name, sync,
 * rename, sync of the directory.
 *
 * @throws RecordError if it fails; the temporary file is gone then, and the old contents stand
 */
export function writeAtomically(disk: Disk, at: string, parts: readonly Uint8Array[]): void {
  const temporary = at + TEMPORARY;
  guarded(at, () => {
    try {
      disk.write(temporary, parts);
      disk.rename(temporary, at);
    } catch (error) {
      try {
        disk.remove(temporary);
      } catch {
        // The first failure is the one to report; the next start removes leftovers.
      }
      throw error;
    }
    disk.sync(path.dirname(at));
  });
}

/** Runs a file operation and turns its failure into a `RecordError` about that file. */
export function guarded<T>(at: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (error instanceof RecordError) throw error;
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
      const advice =
        "no space is left on the disk; what was written before stands. Free some space and resume";
      throw new RecordError("disk-full", at, advice, error);
    }
    throw new RecordError("io", at, (error as Error).message, error);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
