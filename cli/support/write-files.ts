import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailure, ExitCode } from "./exit.js";

/**
 * Writes files so that nothing half-written is ever seen under their names: all are written under temporary names
 * first, and renamed when all are complete. If one cannot be written, none is there and no temporary file stays.
 * @throws CommandFailure if the folder or a file cannot be written, e.g. on a full disk
 */
export function writeFiles(folder: string, files: readonly { name: string; text: string }[]): void {
  const written: { temporary: string; final: string }[] = [];
  try {
    mkdirSync(folder, { recursive: true });
    for (const { name, text } of files) {
      const final = join(folder, name);
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

/** What to say when the file system refuses to write to a folder. */
export function notWritten(folder: string, error: unknown): CommandFailure {
  const { code, path } = error as NodeJS.ErrnoException;
  const why =
    code === "ENOSPC" ? "the disk is full" : code === "EACCES" ? "no permission" : (code ?? String(error));
  return new CommandFailure(`${path ?? folder}: cannot be written (${why})`, ExitCode.diagnostics);
}
