import { createInterface } from "node:readline";
import { CommandFailure, ExitCode } from "./exit.js";

/** One object of a JSON lines stream, with its place for messages. */
export interface InputLine {
  /** 1-based. */
  readonly number: number;
  readonly fields: ReadonlyMap<string, unknown>;
}

const STANDARD_INPUT = "standard input";

/** No request comes near this; a longer line is not meant for us. */
const MAX_LINE = 8 * 2 ** 20;

/**
 * Reads JSON objects, one a line, in batches, so that a long stream needs no more memory than a short one.
 *
 * @param name what the stream is called in messages
 * @throws CommandFailure naming the line that is no JSON object
 */
export async function* readBatches(
  stream: NodeJS.ReadableStream,
  size: number,
  name = STANDARD_INPUT,
): AsyncGenerator<readonly InputLine[]> {
  let batch: InputLine[] = [];
  let number = 0;
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (text.trim() === "") continue;
    if (text.length > MAX_LINE) throw badLine(number, `has more than ${MAX_LINE} characters`, name);
    batch.push({ number, fields: parse(text, number, name) });
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** What is wrong with a line of input. */
export function badLine(number: number, problem: string, name = STANDARD_INPUT): CommandFailure {
  return new CommandFailure(`${name}, line ${number}: ${problem}`, ExitCode.diagnostics);
}

function parse(text: string, number: number, name: string): ReadonlyMap<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badLine(number, `not JSON (${(error as Error).message})`, name);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badLine(number, "expected a JSON object", name);
  }
  return new Map(Object.entries(value));
}

/** Writes one line to standard output, waiting where its reader is slow. */
export async function writeLine(value: unknown): Promise<void> {
  if (process.stdout.write(`${JSON.stringify(value)}\n`)) return;
  await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
}
