import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CommandFailure, ExitCode } from "./exit.js";

/**
 * Writes files so that nothing half-written is ever seen under their names: all are written under temporary names
 * first, and renamed when all are complete. If one cannot be written, none is there and no temporary file stays.
 * Names may lead into folders below, which are made.
 * @throws CommandFailure if the folder or a file cannot be written, e.g. on a full disk
 */
export function writeFiles(
  folder: string,
  files: readonly { readonly name: string; readonly text: string | Uint8Array }[],
): void {
  const written: { temporary: string; final: string }[] = [];
  try {
    mkdirSync(folder, { recursive: true });
    for (const { name, text } of files) {
      const final = join(folder, name);
      mkdirSync(dirname(final), { recursive: true });
      const temporary = `${final}.${process.pid}.tmp`;
      written.push({ temporary, final });
      writeFileSync(temporary, text, { flush: true });
    }
    for (const { temporary, final } of written) renameSync(temporary, final);
  } catch (error) {
    for (const { temporary } of written) rmSync(temporary, { force: true });
    throw notWritten(folder, error);
  }
}

/**
 * Makes sure that a folder can be written to, or made, before long work whose end is to be written there.
 * @throws CommandFailure if it cannot
 */
export function checkFolder(folder: string): void {
  let at = resolve(folder);
  while (!existsSync(at)) at = dirname(at);
  try {
    if (!statSync(at).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
    accessSync(at, constants.W_OK);
  } catch (error) {
    throw notWritten(at === resolve(folder) ? folder : at, error);
  }
}

/** What to say when the file system refuses to write to a folder. */
export function notWritten(folder: string, error: unknown): CommandFailure {
  const { code, path } = error as NodeJS.ErrnoException;
  const why = reasons.get(code ?? "") ?? code ?? String(error);
  return new CommandFailure(`${path ?? folder}: cannot be written (${why})`, ExitCode.diagnostics);
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "the disk is full"],
  ["EACCES", "no permission"],
  ["EROFS", "the disk can only be read"],
  ["ENOTDIR", "a file stands where a folder is needed"],
  ["EEXIST", "a file stands where a folder is needed"],
]);
