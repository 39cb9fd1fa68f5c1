import * as path from "node:path";
import { type Disk, guarded, nodeDisk } from "../disk.js";
import { type Scalar, scalarEvent, startEvent, textEvent, versionEvent } from "./event.js";
import { tfRecord } from "./tfrecord.js";

/** What a file's name must hold for TensorBoard to read it. */
const MARK = "tfevents";
const NAME = /^events\.out\.tfevents\.(\d+)\.flowc$/u;

/**
 * A file of events that TensorBoard reads. Its names are numbered, since a reader that has a file open takes one that
 * was written anew under the same name for a longer one.
 */
export class EventFile {
  readonly #disk: Disk;
  readonly #path: string;
  #held: Uint8Array[] = [];

  private constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /**
   * Begins a file in a folder, which is made if need be, in place of those that stand there. It says to a TensorBoard
   * that has read these to forget them.
   *
   * @param at seconds since 1970
   * @throws RecordError if that fails
   */
  static begin(folder: string, at: number, disk: Disk = nodeDisk): EventFile {
    return guarded(folder, () => {
      disk.makeDirectory(folder);
      const old = disk.list(folder).filter((name) => NAME.test(name));
      const last = Math.max(0, ...old.map((name) => Number(NAME.exec(name)![1])));
      const file = new EventFile(
        disk,
        path.join(folder, `events.out.${MARK}.${String(last + 1).padStart(10, "0")}.flowc`),
      );
      file.#add(versionEvent(at));
      file.#add(startEvent(at, 0));
      file.flush();
      for (const name of old) disk.remove(path.join(folder, name));
      return file;
    });
  }

  /** Adds numbers of one step, if there are any; tags by `boardTag`. */
  scalars(at: number, step: number, scalars: readonly Scalar[]): void {
    if (scalars.length > 0) this.#add(scalarEvent(at, step, scalars));
  }

  text(at: number, step: number, tag: string, text: string): void {
    this.#add(textEvent(at, step, tag, text));
  }

  /** Writes what was added. @throws RecordError if that fails */
  flush(): void {
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    guarded(this.#path, () => this.#disk.append(this.#path, bytes));
  }

  #add(event: Uint8Array): void {
    this.#held.push(tfRecord(event));
  }
}

/** Longer names are cut: a tag is a line in a list. */
const LONGEST = 100;

/**
 * A tag of names from the outside, in groups: `boardTag("agents", "query", "loss")`. What is no letter, digit, dot, dash or
 * underscore is written as `%` and its number, so that no name is taken for a group, and different names differ.
 */
export function boardTag(...names: readonly string[]): string {
  return names
    .map((name) =>
      name
        .slice(0, LONGEST)
        .replace(/[^\p{L}\p{N}._-]/gu, (unit) => `%${unit.codePointAt(0)!.toString(16).padStart(2, "0")}`),
    )
    .join("/");
}
