import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "../../runtime/record/make-folder.js";
import { realPlace } from "./disk-host.js";
import { CommandFailure, ExitCode } from "./exit.js";

/**
 * Writes files so that nothing half-written is ever seen under their names: all are written under temporary names
 * first, and renamed when all are complete. If one cannot be written, none is there and no temporary file stays.
 * Names may lead into folders below, which are made. A link under one of the names is replaced by the file: what it
 * leads to stays as it is. A file that is replaced leaves its permissions to the new one.
 * @throws CommandFailure if the folder or a file cannot be written, e.g. on a full disk
 */
export function writeFiles(
  folder: string,
  files: readonly { readonly name: string; readonly text: string | Uint8Array }[],
): void {
  const written: { temporary: string; final: string }[] = [];
  try {
    makeFolder(folder);
    for (const { name, text } of files) {
      const final = join(folder, name);
      makeFolder(dirname(final));
      const temporary = `${final}.${process.pid}.tmp`;
      written.push({ temporary, final });
      rmSync(temporary, { force: true });
      // Not through a link that somebody laid under this name.
      writeFileSync(temporary, text, { flush: true, flag: "wx" });
      keepMode(final, temporary);
    }
    for (const { temporary, final } of written) renameSync(temporary, final);
  } catch (error) {
    for (const { temporary } of written) rmSync(temporary, { force: true });
    throw notWritten(folder, error);
  }
}

/**
 * Writes one file whose path the user gave: if that is a link, the file it leads to, and if a device or a pipe, such as
 * /dev/stdout, into it.
 * @throws CommandFailure if it cannot be written
 */
export function writeFile(path: string, text: string): void {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isFile() && !stats.isDirectory()) {
      writeFileSync(path, text);
      return;
    }
  } catch (error) {
    throw notWritten(path, error);
  }
  const real = realPlace(path);
  writeFiles(dirname(real), [{ name: basename(real), text }]);
}

function keepMode(before: string, after: string): void {
  const stats = lstatSync(before, { throwIfNoEntry: false });
  if (stats?.isFile()) chmodSync(after, stats.mode & 0o777);
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

/**
 * Makes sure, before long work, that its results can be written to a folder, and that nothing of that kind is lost there.
 * @throws CommandFailure if not
 */
export function checkVacant(folder: string, names: readonly string[], force: boolean): void {
  checkFolder(folder);
  const name = names.find((each) => existsSync(join(folder, each)));
  if (name === undefined || force) return;
  throw new CommandFailure(
    `${folder} has ${name} already, of another evaluation; choose another --out, or say --force to overwrite it`,
    ExitCode.diagnostics,
  );
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
  ["ENOENT", "the system lets nothing be made there"],
  ["EISDIR", "a folder stands where a file is needed"],
]);
