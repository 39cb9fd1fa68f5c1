import { existsSync, type FSWatcher, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import type { FileHost } from "../../compiler/index.js";
import { diskHost } from "./disk-host.js";
import { CommandFailure } from "./exit.js";
import { printable, tell } from "./terminal.js";
import { isUserError } from "./user-errors.js";

/** Editors write a file in several steps: what comes within this time is one change. */
const SETTLE_MS = 50;

/** The files of this machine, and which .flow files and modules were asked for, whether or not they are there. */
export class WatchedHost implements FileHost {
  readonly paths = new Set<string>();

  realPath(path: string): string | undefined {
    if (path.endsWith(".flow")) this.paths.add(resolve(path));
    return diskHost.realPath(path);
  }

  read(path: string, limit: number): ReturnType<FileHost["read"]> {
    this.paths.add(resolve(path));
    return diskHost.read(path, limit);
  }

  /** Modules are read by TypeScript, not through a host. */
  add(modules: readonly string[]): void {
    for (const path of modules) this.paths.add(resolve(path));
  }
}

/**
 * Calls back whenever a file changes, or one that was asked for on its behalf, one call after the other, until the
 * process is interrupted. A user's mistake in the callback is printed, and the next change is waited for.
 * @param asked paths that grow while the callback runs
 */
export async function watchFile(
  file: string,
  asked: ReadonlySet<string>,
  changed: () => Promise<unknown>,
): Promise<never> {
  return await new Promise<never>((_, reject) => {
    const watchers = new Map<string, FSWatcher>();
    let timer: NodeJS.Timeout | undefined;
    let work: Promise<unknown> = Promise.resolve();
    const follow = (): void => {
      for (const path of [resolve(file), ...asked]) {
        // The folder, since many editors replace the file.
        const folder = dirname(path);
        if (watchers.has(folder) || !existsSync(folder)) continue;
        const events = watch(folder);
        events.on("change", (_, name) => onChange(resolve(folder, String(name))));
        events.on("error", reject);
        watchers.set(folder, events);
      }
    };
    const onChange = (path: string): void => {
      if (path !== resolve(file) && !asked.has(path)) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        work = work.then(changed).catch(report).then(follow);
      }, SETTLE_MS);
    };
    follow();
    tell(printable(`watching ${file}, Ctrl-C ends`));
  });
}

function report(error: unknown): void {
  if (!(error instanceof CommandFailure) && !isUserError(error)) throw error;
  tell(`flowc: ${error.message}`);
}
