import { createHash, type Hash } from "node:crypto";
import { type Disk, guarded } from "./disk.js";
import { RecordError } from "./error.js";

/** How far a log had come at some moment, and what it held. */
export interface LogPosition {
  readonly bytes: number;
  /** SHA-256 of these bytes, lower-case hex. */
  readonly digest: string;
}

/**
 * A file of JSON lines that only grows. Lines are held back until `flush`, so that what a round says is written
 * in one piece; its position goes into checkpoints, and a resumed run cuts it back to there.
 */
export class Log {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;
  #held: string[] = [];

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Begins an empty file. */
  begin(): void {
    guarded(this.#path, () => this.#disk.write(this.#path, []));
  }

  /**
   * Cuts the file back to a position, and goes on from there.
   *
   * @throws RecordError (`damaged`) if the file does not begin with what it held at that position
   */
  resume(position: LogPosition): void {
    const bytes = guarded(this.#path, () => this.#disk.read(this.#path));
    const kept = bytes?.subarray(0, position.bytes);
    if (kept === undefined || kept.byteLength < position.bytes) {
      const found = bytes === undefined ? "is missing" : `has ${bytes.byteLength} bytes`;
      throw new RecordError(
        "damaged",
        this.#path,
        `${found}, but the checkpoint was made at ${position.bytes}`,
      );
    }
    this.#hash.update(kept);
    this.#bytes = position.bytes;
    if (this.position().digest !== position.digest) {
      throw new RecordError("damaged", this.#path, "differs from what it was when the checkpoint was made");
    }
    guarded(this.#path, () => this.#disk.truncate(this.#path, position.bytes));
  }

  /** Goes on after the file's last whole line. */
  resumeAtEnd(): void {
    const bytes = guarded(this.#path, () => this.#disk.read(this.#path)) ?? new Uint8Array(0);
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    if (whole.byteLength < bytes.byteLength) {
      guarded(this.#path, () => this.#disk.truncate(this.#path, whole.byteLength));
    }
    this.#hash.update(whole);
    this.#bytes = whole.byteLength;
  }

  add(line: object): void {
    this.#held.push(JSON.stringify(line) + "\n");
  }

  /** Writes what was added. @throws RecordError if that fails */
  flush(): void {
    if (this.#held.length === 0) return;
    const bytes = Buffer.from(this.#held.join(""), "utf8");
    this.#held = [];
    guarded(this.#path, () => this.#disk.append(this.#path, bytes));
    this.#hash.update(bytes);
    this.#bytes += bytes.byteLength;
  }

  /** Makes sure that what was flushed survives a loss of power. */
  sync(): void {
    guarded(this.#path, () => this.#disk.sync(this.#path));
  }

  position(): LogPosition {
    return { bytes: this.#bytes, digest: this.#hash.copy().digest("hex") };
  }
}
