import { createReadStream } from "node:fs";
import { RecordError } from "../../runtime/record/index.js";

/** A JSON object, nothing of which is known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** An episode's line holds what its agents said, a few kilobytes; a longer one than this was not written by a run. */
const LONGEST = 64 * 2 ** 20;
const NEWLINE = 0x0a;

/**
 * The objects of a file of JSON lines, one at a time. A last line without an end is left out: it is being written, or
 * was when the run was killed.
 *
 * @throws RecordError `missing` if there is no such file, `io` if it cannot be read, `damaged` at a line that is no object
 */
export async function* readJsonLines(file: string): AsyncGenerator<Fields> {
  let number = 0;
  let held: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        number += 1;
        yield parse(Buffer.concat([...held, chunk.subarray(from, end)]), file, number);
        held = [];
        size = 0;
        from = end + 1;
      }
      held.push(chunk.subarray(from));
      size += chunk.length - from;
      if (size > LONGEST) throw damaged(file, number + 1, `is longer than ${LONGEST} bytes`);
    }
  } catch (error) {
    throw asRecordError(error, file);
  }
}

function parse(line: Buffer, file: string, number: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch {
    throw damaged(file, number, "is not JSON");
  }
  if (isFields(value)) return value;
  throw damaged(file, number, "is not a JSON object");
}

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function damaged(file: string, line: number, why: string): RecordError {
  return new RecordError("damaged", file, `line ${line} ${why}`);
}

/** What went wrong with a file of a run, for people. */
export function asRecordError(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof RecordError || code === undefined) return error;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new RecordError("missing", file, "is missing, and every run has it", error);
  }
  return new RecordError("io", file, `cannot be read (${code})`, error);
}
