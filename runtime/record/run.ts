import * as path from "node:path";
import { type Contents, type Plain, pack, unpack } from "./container.js";
import { type Disk, guarded, nodeDisk, TEMPORARY, writeAtomically } from "./disk.js";
import { RecordError } from "./error.js";
import { Log, type LogPosition } from "./log.js";
import { EventFile } from "./tensorboard/event-file.js";

/**
 * What a run is a function of: flow, base model, data, settings, versions. Plain JSON without times, so that two
 * equal runs have equal files. A run is resumed only under the same.
 */
export type Manifest = { readonly [section: string]: Plain };

/** Everything that a run needs to go on from some moment. */
export interface Checkpoint extends Contents {
  /** Rounds finished; names the file. */
  readonly round: number;
}

const LOGS = ["events", "metrics"] as const;
type LogName = (typeof LOGS)[number];

/** A run's directory: who made it, what happened, and where it can go on from. */
export class Run {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly #disk: Disk;
  readonly #identity: string;
  readonly #logs: Readonly<Record<LogName, Log>>;
  readonly #timings: Log;

  private constructor(directory: string, manifest: Manifest, disk: Disk) {
    this.directory = directory;
    this.manifest = manifest;
    this.#disk = disk;
    this.#identity = render(manifest);
    this.#logs = {
      events: new Log(disk, path.join(directory, "events.jsonl")),
      metrics: new Log(disk, path.join(directory, "metrics.jsonl")),
    };
    this.#timings = new Log(disk, path.join(directory, "timings.jsonl"));
  }

  /**
   * Begins a run in a new or empty directory.
   *
   * @throws RecordError `exists` if there is a run already; `disk-full` or `io` if it cannot be written
   */
  static create(directory: string, manifest: Manifest, disk: Disk = nodeDisk): Run {
    const file = path.join(directory, "run.json");
    if (guarded(file, () => disk.read(file)) !== undefined) {
      const advice =
        "there is a run in this directory already; resume it, or choose another directory for a new one or a changed flow";
      throw new RecordError("exists", directory, advice);
    }
    guarded(directory, () => disk.makeDirectory(path.join(directory, "checkpoints")));
    const run = new Run(directory, manifest, disk);
    for (const name of LOGS) run.#logs[name].begin();
    run.#timings.begin();
    // Last, since it is what makes the directory a run: before it stands, the run can simply begin again.
    writeAtomically(disk, file, [Buffer.from(run.#identity, "utf8")]);
    return run;
  }

  /**
   * Takes a run up again where its newest checkpoint stands, or at its beginning if it has none yet, however early
   * it was killed. Logs are cut back to there.
   *
   * @throws RecordError `missing` without a run; `foreign` if it was made under another manifest; `damaged` if a
   *   file is not what it was
   */
  static resume(
    directory: string,
    manifest: Manifest,
    disk: Disk = nodeDisk,
  ): { readonly run: Run; readonly checkpoint: Checkpoint | undefined } {
    const file = path.join(directory, "run.json");
    const bytes = guarded(file, () => disk.read(file));
    if (bytes === undefined) {
      // Killed while it was being created: it has a folder for checkpoints, and nothing in it yet.
      const begun = guarded(directory, () => disk.list(directory)).includes("checkpoints");
      if (begun) return { run: Run.create(directory, manifest, disk), checkpoint: undefined };
      throw new RecordError("missing", directory, "there is no run to resume in this directory");
    }
    const run = new Run(directory, manifest, disk);
    refuseForeign(file, Buffer.from(bytes).toString("utf8"), manifest);
    run.#removeLeftovers();
    const newest = run.#checkpoints().at(-1);
    guarded(run.directory, () => disk.makeDirectory(path.join(directory, "checkpoints")));
    // Times of rounds that will be run again stay in their file: they were spent.
    run.#timings.resumeAtEnd();
    if (newest === undefined) {
      for (const name of LOGS) run.#logs[name].begin();
      return { run, checkpoint: undefined };
    }
    const checkpoint = run.#load(newest);
    return { run, checkpoint };
  }

  /** Adds a line to `events.jsonl`. */
  event(line: object): void {
    this.#logs.events.add(line);
  }

  /** Adds a line to `metrics.jsonl`. */
  metric(line: object): void {
    this.#logs.metrics.add(line);
  }

  /** Adds a line to `timings.jsonl`, the only file that differs between equal runs. */
  timing(line: object): void {
    this.#timings.add(line);
  }

  /**
   * The lines of a log as they stand in its file, without those that are not flushed.
   *
   * @throws RecordError if it cannot be read, or holds something else
   */
  lines(log: "metrics" | "timings"): readonly Readonly<Record<string, unknown>>[] {
    const file = path.join(this.directory, `${log}.jsonl`);
    const text = Buffer.from(guarded(file, () => this.#disk.read(file)) ?? []).toString("utf8");
    return text
      .split("\n")
      .slice(0, -1)
      .map((line, at) => parseLine(line, file, at + 1));
  }

  /** Begins the run's file of events for TensorBoard, in place of the one before. @throws RecordError if that fails */
  eventFile(at: number): EventFile {
    return EventFile.begin(path.join(this.directory, "tensorboard"), at, this.#disk);
  }

  /** Writes all lines that were added. @throws RecordError if that fails */
  flush(): void {
    for (const name of LOGS) this.#logs[name].flush();
    this.#timings.flush();
  }

  /**
   * Writes a file of its own, whole. A run that is taken up from before it was written writes it again, to the same bytes.
   *
   * @param file from the run's directory, in a folder of its own
   * @throws RecordError if that fails
   */
  keep(file: string, text: string): void {
    const at = path.join(this.directory, file);
    guarded(at, () => this.#disk.makeDirectory(path.dirname(at)));
    writeAtomically(this.#disk, at, [Buffer.from(text, "utf8")]);
  }

  /**
   * Writes a checkpoint, and removes those that are not to be kept.
   *
   * @param keep how many of the newest regular ones are kept
   * @param kind `interrupted`: one that an undisturbed run would not have; it goes with the next regular one
   * @returns the file's path
   * @throws RecordError if it cannot be written; the checkpoints before it stand
   */
  checkpoint(
    { round, meta, arrays }: Checkpoint,
    keep: number,
    kind: "regular" | "interrupted" = "regular",
  ): string {
    this.flush();
    for (const name of LOGS) this.#logs[name].sync();
    const logs = Object.fromEntries(LOGS.map((name) => [name, { ...this.#logs[name].position() }]));
    const extension = kind === "regular" ? EXTENSION : INTERRUPTED;
    const file = this.#file(`${String(round).padStart(6, "0")}${extension}`);
    writeAtomically(
      this.#disk,
      file,
      pack({ meta: { manifest: this.#identity, round, logs, meta }, arrays }),
    );
    this.prune(keep);
    return file;
  }

  /** Removes all checkpoints but the newest regular ones, and an interrupted one that is newer still. */
  prune(keep: number): void {
    const all = this.#checkpoints();
    const regular = all.filter((name) => !name.endsWith(INTERRUPTED));
    const kept = new Set([...regular.slice(-keep), all.at(-1)]);
    for (const old of all.filter((name) => !kept.has(name))) {
      guarded(this.#file(old), () => this.#disk.remove(this.#file(old)));
    }
  }

  #file(name: string): string {
    return path.join(this.directory, "checkpoints", name);
  }

  /** Names of checkpoints, oldest first. */
  #checkpoints(): readonly string[] {
    const directory = path.join(this.directory, "checkpoints");
    return guarded(directory, () => this.#disk.list(directory))
      .filter((name) => name.endsWith(EXTENSION))
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  }

  #removeLeftovers(): void {
    const directory = path.join(this.directory, "checkpoints");
    for (const name of guarded(directory, () => this.#disk.list(directory))) {
      if (name.endsWith(TEMPORARY)) guarded(this.#file(name), () => this.#disk.remove(this.#file(name)));
    }
  }

  /** @throws RecordError what `work` throws on a checkpoint, with where else the run could go on from */
  #advised<T>(name: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RecordError) || error.code !== "damaged") throw error;
      const older = this.#checkpoints().at(-2);
      const then = older === undefined ? "begin the run again" : `go on from ${older}`;
      const problem = error.message.slice(error.path.length + 2);
      throw new RecordError(
        error.code,
        error.path,
        `${problem}; remove checkpoints/${name} to ${then}`,
        error,
      );
    }
  }

  #load(name: string): Checkpoint {
    const file = this.#file(name);
    const bytes = guarded(file, () => this.#disk.read(file));
    if (bytes === undefined) throw new RecordError("missing", file, "the checkpoint has gone");
    const { meta, arrays } = this.#advised(name, () => unpack(bytes, file));
    const envelope = meta as unknown as Envelope;
    if (envelope.manifest !== this.#identity) {
      throw new RecordError("foreign", file, "this checkpoint belongs to another run");
    }
    this.#advised(name, () => {
      for (const log of LOGS) this.#logs[log].resume(envelope.logs[log]);
    });
    return { round: envelope.round, meta: envelope.meta, arrays };
  }
}

const EXTENSION = ".ckpt";
const INTERRUPTED = ".interrupted.ckpt";

/** What `checkpoint` writes around the caller's value; the checksum vouches for its form. */
interface Envelope {
  readonly manifest: string;
  readonly round: number;
  readonly logs: Readonly<Record<LogName, LogPosition>>;
  readonly meta: Plain;
}

function parseLine(line: string, file: string, number: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (isRecord(value)) return value;
  } catch {
    // Said below.
  }
  throw new RecordError("damaged", file, `line ${number} is not a JSON object`);
}

function render(manifest: Manifest): string {
  return JSON.stringify(manifest, null, 2) + "\n";
}

/** @throws RecordError naming the first entry that differs */
function refuseForeign(file: string, text: string, manifest: Manifest): void {
  if (text === render(manifest)) return;
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch {
    throw new RecordError("damaged", file, "is not JSON");
  }
  const difference = firstDifference(kept, manifest, []);
  const where = difference === undefined ? "the order of its entries" : difference;
  const why = HASHED.find(([entry]) => where.startsWith(entry))?.[1];
  throw new RecordError(
    "foreign",
    file,
    why ?? `the run was made with another ${where}; it cannot be resumed with this one`,
  );
}

/** Entries that are hashes, two of which would tell nobody anything. */
const HASHED = [
  [
    "flow.source ",
    "the flow has changed since the run was made; train the changed one into another directory",
  ],
  [
    "flow.modules",
    "the code of the flow's modules has changed since the run was made; train the changed one into another directory",
  ],
  ["base ", "the run was made with another base model; it cannot be resumed with this one"],
  ["data ", "the run was made with another data file; it cannot be resumed with this one"],
  ["logged ", "the run was made with another file of episodes; it cannot be resumed with this one"],
] as const;

/** The path of the first entry in which two JSON values differ, with both values. */
function firstDifference(kept: unknown, given: unknown, at: readonly string[]): string | undefined {
  if (JSON.stringify(kept) === JSON.stringify(given)) return undefined;
  if (isRecord(kept) && isRecord(given)) {
    for (const key of new Set([...Object.keys(kept), ...Object.keys(given)])) {
      const found = firstDifference(kept[key], given[key], [...at, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const show = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80));
  return `${at.join(".")} (${show(kept)}, now ${show(given)})`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
