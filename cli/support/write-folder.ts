import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "../../runtime/record/make-folder.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { checkFolder, notWritten } from "./write-files.js";

/**
 * Has a new folder written so that it is there whole or not at all: under a temporary name beside it, renamed at the
 * end. On every way out, Ctrl-C among them, nothing half-written stays.
 *
 * @throws CommandFailure if there is something at that place, or it cannot be written
 */
export async function writeFolder<T>(folder: string, write: (temporary: string) => Promise<T>): Promise<T> {
  refuseExisting(folder);
  checkFolder(folder);
  const place = resolve(folder);
  const temporary = join(dirname(place), `.${basename(place)}.${process.pid}.tmp`);
  const remove = (): void => rmSync(temporary, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    makeFolder(temporary);
    const result = await write(temporary);
    if (existsSync(place)) rmdirSync(place);
    renameSync(temporary, place);
    return result;
  } catch (error) {
    throw isFileError(error) ? notWritten(folder, error) : error;
  } finally {
    remove();
    process.off("exit", remove);
  }
}

function refuseExisting(folder: string): void {
  if (!existsSync(folder)) return;
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw notWritten(folder, error);
  }
  if (names.length > 0) {
    throw new CommandFailure(
      `${folder} holds files already and is not overwritten; choose another --out`,
      ExitCode.diagnostics,
    );
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "code" in error;
}
