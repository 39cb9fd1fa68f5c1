import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../runtime/record/make-folder.js";
import { CommandFailure, ExitCode } from "../support/exit.js";
import { isCommit, type ModelId } from "./model-id.js";

/** Where downloads are kept: $FLOWC_CACHE, else flowc's part of the user's cache folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { FLOWC_CACHE, XDG_CACHE_HOME } = environment;
  return FLOWC_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "flowc");
}

/**
 * One model's place in the cache. A commit's folder is there whole or not at all; what is being downloaded stands
 * beside it, and stays there when a download is interrupted.
 */
export class ModelCache {
  readonly folder: string;

  constructor({ name }: ModelId) {
    this.folder = join(cacheFolder(), "models", name.replace("/", "--"));
  }

  /** The folder of a commit, if it is here whole. */
  snapshot(commit: string): string | undefined {
    const folder = join(this.folder, commit);
    return existsSync(folder) ? folder : undefined;
  }

  /** The commit that a revision was when it was last looked up; undefined if it never was. */
  known(revision: string): string | undefined {
    if (isCommit(revision)) return revision;
    try {
      const commit = readFileSync(this.#reference(revision), "utf8").trim();
      return isCommit(commit) ? commit : undefined;
    } catch {
      return undefined;
    }
  }

  remember(revision: string, commit: string): void {
    if (isCommit(revision)) return;
    makeFolder(join(this.folder, "refs"));
    writeFileSync(this.#reference(revision), `${commit}\n`);
  }

  /**
   * Fills a commit's folder and puts it in its place when it is whole.
   *
   * @param fill is given the folder to write to, which may hold files of an earlier try
   * @throws CommandFailure if another process is at it
   */
  async fill(commit: string, fill: (partial: string) => Promise<void>): Promise<string> {
    const folder = join(this.folder, commit);
    const partial = `${folder}.partial`;
    makeFolder(partial);
    const lock = `${folder}.lock`;
    takeLock(lock);
    const release = (): void => rmSync(lock, { force: true });
    process.once("exit", release);
    try {
      await fill(partial);
      renameSync(partial, folder);
      return folder;
    } finally {
      release();
      process.off("exit", release);
    }
  }

  #reference(revision: string): string {
    return join(this.folder, "refs", encodeURIComponent(revision));
  }
}

/** Two processes that append to one file would spoil it. A lock whose process is gone is taken over. */
function takeLock(path: string): void {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = Number(readFileSync(path, "utf8"));
      if (isAlive(holder)) {
        throw new CommandFailure(
          `process ${holder} is downloading this model already; wait for it (or delete ${path} if it is not)`,
          ExitCode.diagnostics,
        );
      }
      rmSync(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
