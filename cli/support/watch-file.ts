import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import { CommandFailure } from "./exit.js";
import { isUserError } from "./user-errors.js";

/** Editors write a file in several steps: what comes within this time is one change. */
const SETTLE_MS = 50;

/**
 * Calls back whenever a file changes, one call after the other, until the process is interrupted.
 * A user's mistake in the callback is printed, and the next change is waited for.
 */
export async function watchFile(file: string, changed: () => Promise<unknown>): Promise<never> {
  process.stderr.write(`watching ${file}, Ctrl-C ends\n`);
  // The folder, since many editors replace the file.
  const events = watch(dirname(file));
  let timer: NodeJS.Timeout | undefined;
  let work: Promise<unknown> = Promise.resolve();
  events.on("change", (_, name) => {
    if (name !== basename(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      work = work.then(changed).catch(report);
    }, SETTLE_MS);
  });
  return await new Promise<never>((_, reject) => {
    events.on("error", reject);
  });
}

function report(error: unknown): void {
  if (!(error instanceof CommandFailure) && !isUserError(error)) throw error;
  process.stderr.write(`flowc: ${error.message}\n`);
}
