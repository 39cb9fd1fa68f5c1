import * as fs from "node:fs";
import * as path from "node:path";
import { kill, pid as own } from "node:process";
import { guarded } from "./disk.js";
import { RecordError } from "./error.js";
import { makeFolder } from "./make-folder.js";

/** Holds the id of the process that writes to a run's directory. */
const FILE = "lock";

/** The right to write to a run's directory, which one process has at a time: two would mix their logs. */
export class RunLock {
  readonly #file: string;
  readonly #made: boolean;
  #released = false;
  /** Whether a process that is no more had it: that one was killed, perhaps before it had begun its run. */
  readonly abandoned: boolean;

  private constructor(file: string, made: boolean, abandoned: boolean) {
    this.#file = file;
    this.#made = made;
    this.abandoned = abandoned;
  }

  /**
   * Takes the lock of a directory, which is made if need be. One whose process has ended, however it did, is taken over.
   *
   * @throws RecordError `busy` if another process has it; `io` or `disk-full` if it cannot be written
   */
  static take(directory: string): RunLock {
    const file = path.join(directory, FILE);
    return guarded(file, () => {
      const made = makeFolder(directory);
      const owner = ownerOf(file);
      if (owner !== undefined && isRunning(owner)) {
        const advice = `process ${owner} is writing to this run; wait for it, or end it first`;
        throw new RecordError("busy", directory, advice);
      }
      fs.rmSync(file, { force: true });
      const lock = new RunLock(file, made, owner !== undefined);
      try {
        // Fails if another process was faster.
        fs.writeFileSync(file, `${own}\n`, { flag: "wx" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") lock.release();
        throw error;
      }
      return lock;
    });
  }

  /** The process that is writing to a run's directory, if one is. */
  static holder(directory: string): number | undefined {
    const file = path.join(directory, FILE);
    const owner = guarded(file, () => ownerOf(file));
    return owner !== undefined && isRunning(owner) ? owner : undefined;
  }

  /** Gives the lock back, once. A directory that was made for it and still holds nothing else goes too. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    fs.rmSync(this.#file, { force: true });
    const directory = path.dirname(this.#file);
    if (this.#made && fs.readdirSync(directory).length === 0) fs.rmdirSync(directory);
  }
}

/** The process that a lock names; 0, which is nobody, if the lock was cut short while it was written. */
function ownerOf(file: string): number | undefined {
  try {
    return Number.parseInt(fs.readFileSync(file, "utf8"), 10) || 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  if (pid <= 0 || pid === own) return false;
  try {
    kill(pid, 0);
  } catch (error) {
    // A process of another user is one nevertheless.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return !isZombie(pid);
}

/** Whether a process has ended and only its parent has not asked yet: it still counts as one for signals. */
function isZombie(pid: number): boolean {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return /^[ZX]/u.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}
