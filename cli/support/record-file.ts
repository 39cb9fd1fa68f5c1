import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../../runtime/record/make-folder.js";
import type { EpisodeLog } from "../../runtime/search/index.js";
import { realPlace } from "./disk-host.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { checkFolder, notWritten } from "./write-files.js";

/**
 * Makes sure, before long work, that episodes can be recorded in a file of their own.
 * @throws CommandFailure if there is such a file already, or none can be made
 */
export function checkRecord(path: string, force: boolean): void {
  checkFolder(dirname(path));
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) throw notWritten(path, Object.assign(new Error(), { code: "EISDIR" }));
  if (stats === undefined || !stats.isFile() || force) return;
  throw new CommandFailure(
    `${path} is there already; choose another --record, or say --force to overwrite it`,
    ExitCode.diagnostics,
  );
}

/**
 * Where the episodes of one evaluation are recorded, a line each, as they come. The file is seen under its name when it
 * is whole; a device or a pipe is written into.
 */
export class RecordFile {
  readonly #path: string;
  /** Undefined for a device. */
  readonly #temporary: string | undefined;
  readonly #file: number;
  readonly #discard = (): void => this.discard();
  #isOpen = true;

  /** @throws CommandFailure if it cannot be written */
  constructor(path: string) {
    this.#path = path;
    try {
      const stats = statSync(path, { throwIfNoEntry: false });
      const isDevice = stats !== undefined && !stats.isFile();
      const real = realPlace(path);
      this.#temporary = isDevice ? undefined : `${real}.${process.pid}.tmp`;
      if (!isDevice) makeFolder(dirname(real));
      this.#file = openSync(this.#temporary ?? path, isDevice ? "w" : "wx");
    } catch (error) {
      throw notWritten(path, error);
    }
    // Ctrl-C may end the process where no `finally` is reached.
    process.once("exit", this.#discard);
  }

  /** @throws CommandFailure if it cannot be written */
  add(log: EpisodeLog): void {
    this.#guarded(() => writeAll(this.#file, lineOf(log)));
  }

  /** Ends the file, and gives it its name. @throws CommandFailure if that fails */
  keep(): void {
    this.#guarded(() => {
      if (this.#temporary === undefined) return;
      fsyncSync(this.#file);
      renameSync(this.#temporary, realPlace(this.#path));
    });
    this.#close();
  }

  /** Leaves nothing behind, unless it was kept. */
  discard(): void {
    if (!this.#isOpen) return;
    this.#close();
    if (this.#temporary !== undefined) rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    this.#isOpen = false;
    process.off("exit", this.#discard);
    closeSync(this.#file);
  }

  #guarded(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw notWritten(this.#path, error);
    }
  }
}

/**
 * Adds one episode to a file of them, which is made if need be. A last line that was broken off stays what it is: a line
 * of its own.
 * @throws CommandFailure if it cannot be written
 */
export function appendRecord(path: string, log: EpisodeLog): void {
  try {
    makeFolder(dirname(path));
    const file = openSync(path, "a+");
    try {
      // In one piece, so that two processes may write to one file.
      writeAll(file, isBrokenOff(file) ? `\n${lineOf(log)}` : lineOf(log));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw notWritten(path, error);
  }
}

function lineOf(log: EpisodeLog): string {
  return `${JSON.stringify(log)}\n`;
}

function isBrokenOff(file: number): boolean {
  const stats = fstatSync(file);
  if (!stats.isFile() || stats.size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, stats.size - 1);
  return last[0] !== 0x0a;
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
