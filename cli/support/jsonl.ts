import { defaultReadLimits, linesOf } from "../../runtime/simulator/index.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { STANDARD_INPUT } from "./read-flow.js";
import { jsonText } from "./terminal.js";

/** One object of a JSON lines stream, with its place for messages. */
export interface InputLine {
  /** 1-based. */
  readonly number: number;
  readonly fields: ReadonlyMap<string, unknown>;
}

/**
 * Reads JSON objects, one a line, in batches, so that a long stream needs no more memory than a short one.
 *
 * @param name what the stream is called in messages
 * @throws CommandFailure or DataError naming the line that is no JSON object in UTF-8
 */
export async function* readBatches(
  stream: AsyncIterable<Uint8Array>,
  size: number,
  name = STANDARD_INPUT,
): AsyncGenerator<readonly InputLine[]> {
  let batch: InputLine[] = [];
  const limits = { ...defaultReadLimits, fileBytes: Number.POSITIVE_INFINITY };
  for await (const { number, text } of linesOf(stream, name, limits)) {
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
  if (process.stdout.write(`${jsonText(value)}\n`)) return;
  await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
}
