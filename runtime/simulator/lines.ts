import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError } from "./error.js";

/** One line of a text file, without its end. */
export interface Line {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
}

/** Bounds that keep a hostile or mistaken file from filling the memory. */
export interface ReadLimits {
  /** Characters (UTF-16 units) of one line. */
  readonly lineLength: number;
  /** Bytes of the whole file after decompression. */
  readonly fileBytes: number;
}

/** A paragraph-rich MuSiQue row has about 15,000 characters; its largest file has 300 MB. */
export const defaultReadLimits: ReadLimits = { lineLength: 8 * 2 ** 20, fileBytes: 4 * 2 ** 30 };

const ZLIB_ERROR = /^Z_/u;

/**
 * Reads the lines of a UTF-8 file, plain or gzipped (told apart by content, not by name), as a stream: at no time is
 * more than one line held. Lines that hold only white space are skipped but counted.
 *
 * @throws DataError `unreadable`, `damaged` or `too-large`
 */
export async function* readLines(path: string, limits: ReadLimits = defaultReadLimits): AsyncGenerator<Line> {
  const bytes = await openBytes(path);
  try {
    yield* linesOf(bytes, path, limits);
  } finally {
    bytes.destroy();
  }
}

/**
 * The lines of a stream of UTF-8 bytes, with or without a byte order mark; otherwise like `readLines`.
 *
 * @param path what the stream is called in messages
 */
export async function* linesOf(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  limits: ReadLimits = defaultReadLimits,
): AsyncGenerator<Line> {
  const lines = new LineSplitter(path, limits);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let total = 0;
  try {
    for await (const chunk of bytes) {
      total += chunk.length;
      if (total > limits.fileBytes) {
        throw new DataError("too-large", `the file has more than ${limits.fileBytes} bytes`, { path });
      }
      yield* lines.push(decoder.decode(chunk, { stream: true }));
    }
    yield* lines.push(decoder.decode());
    yield* lines.end();
  } catch (cause) {
    throw asDataError(cause, path, lines.next);
  }
}

async function openBytes(path: string): Promise<Readable> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const magic = Buffer.alloc(2);
    const { bytesRead } = await file.read(magic, 0, 2, 0);
    // The stream closes the file when it ends or is destroyed.
    const stream = file.createReadStream({ start: 0 });
    if (bytesRead < 2 || magic[0] !== 0x1f || magic[1] !== 0x8b) return stream;
    const gunzip = createGunzip();
    stream.on("error", (error) => gunzip.destroy(error));
    gunzip.on("close", () => stream.destroy());
    return stream.pipe(gunzip);
  } catch (cause) {
    await file?.close();
    throw asDataError(cause, path, undefined);
  }
}

function asDataError(cause: unknown, path: string, line: number | undefined): unknown {
  if (cause instanceof DataError || !(cause instanceof Error)) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  if (ZLIB_ERROR.test(code)) {
    return new DataError("damaged", `not a whole gzip file (${cause.message})`, { path }, cause);
  }
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return new DataError("damaged", "not UTF-8 text", line === undefined ? { path } : { path, line }, cause);
  }
  if (code === "ENOENT") return new DataError("unreadable", "there is no such file", { path }, cause);
  if (code === "EISDIR") return new DataError("unreadable", "this is a folder, not a file", { path }, cause);
  return cause instanceof Error && "syscall" in cause
    ? new DataError("unreadable", cause.message, { path }, cause)
    : cause;
}

/** Cuts a stream of text into lines at `\n` or `\r\n`. */
class LineSplitter {
  readonly #path: string;
  readonly #limits: ReadLimits;
  #rest = "";
  /** Number of the line that is being collected. */
  next = 1;

  constructor(path: string, limits: ReadLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  *push(text: string): Generator<Line> {
    let from = 0;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", from)) {
      yield* this.#take(this.#rest + text.slice(from, at));
      this.#rest = "";
      from = at + 1;
    }
    this.#rest += text.slice(from);
    this.#check(this.#rest);
  }

  *end(): Generator<Line> {
    yield* this.#take(this.#rest);
  }

  *#take(text: string): Generator<Line> {
    this.#check(text);
    const number = this.next;
    this.next += 1;
    if (text.trim() !== "") yield { number, text };
  }

  #check(text: string): void {
    if (text.length <= this.#limits.lineLength) return;
    const message = `the line has more than ${this.#limits.lineLength} characters`;
    throw new DataError("too-large", message, { path: this.#path, line: this.next });
  }
}
