import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { onTestFinished } from "vitest";
import { type Disk, nodeDisk } from "../../runtime/record/index.js";

/** A new empty directory, which goes when the test is over. */
export function freshDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "flowc-record-"));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

/** Stands for the end of the process: nothing that comes after it happens. */
export class Killed extends Error {}

/**
 * A disk that works until its operation number `at`, half of which still happens: a write or an append gets as far
 * as the middle of its bytes.
 *
 * @param fail what happens then
 */
export function failingDisk(at: number, fail: () => never): Disk & { readonly operations: () => number } {
  let count = 0;
  const halfway = (bytes: Uint8Array) => bytes.subarray(0, bytes.byteLength >> 1);
  const step = (half: () => void): void => {
    count += 1;
    if (count < at) return;
    if (count === at) half();
    fail();
  };
  const nothing = () => {};
  return {
    operations: () => count,
    makeDirectory: (where) => {
      step(nothing);
      nodeDisk.makeDirectory(where);
    },
    read: (where) => nodeDisk.read(where),
    list: (where) => nodeDisk.list(where),
    write: (where, parts) => {
      step(() => nodeDisk.write(where, [halfway(Buffer.concat(parts))]));
      nodeDisk.write(where, parts);
    },
    append: (where, bytes) => {
      step(() => nodeDisk.append(where, halfway(bytes)));
      nodeDisk.append(where, bytes);
    },
    sync: (where) => {
      step(nothing);
      nodeDisk.sync(where);
    },
    truncate: (where, length) => {
      step(nothing);
      nodeDisk.truncate(where, length);
    },
    rename: (from, to) => {
      step(nothing);
      nodeDisk.rename(from, to);
    },
    remove: (where) => {
      step(nothing);
      nodeDisk.remove(where);
    },
  };
}

/** Every file of a run but its times, by path. */
export function contents(directory: string): ReadonlyMap<string, string> {
  const files = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  return new Map(
    files
      .filter((file) => file.isFile() && file.name !== "timings.jsonl")
      .map((file) => path.join(file.parentPath, file.name))
      .sort()
      .map((file) => [path.relative(directory, file), fs.readFileSync(file).toString("latin1")]),
  );
}
