import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { CommandFailure, type ExitCode } from "./exit.js";
import { notRead, textOf } from "./read-text.js";

/** A text, and what it is called in messages. */
export interface FlowText {
  readonly file: string;
  /** Where it stands: what comes from standard input in the current folder. */
  readonly path: string;
  readonly text: string;
}

/** What of several files could be read, and why others could not. */
export interface FlowTexts {
  readonly texts: readonly FlowText[];
  readonly failures: readonly CommandFailure[];
}

/** What standard input is called in messages. */
export const STANDARD_INPUT = "standard input";

/** @throws CommandFailure if there is no such file, it cannot be read, or it is not UTF-8 */
export async function readFlowFile(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw notRead(path, error, "a .flow file");
  }
  return textOf(bytes, path);
}

/**
 * Reads several, in their order; `-` is standard input.
 * @throws CommandFailure for `-` beside others
 */
export async function readFlowFiles(files: readonly string[]): Promise<FlowTexts> {
  if (files.includes("-") && files.length > 1) throw new CommandFailure("- stands alone");
  const texts: FlowText[] = [];
  const failures: CommandFailure[] = [];
  for (const file of files) {
    try {
      texts.push(await readFlow(file));
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      failures.push(error);
    }
  }
  return { texts, failures };
}

async function readFlow(file: string): Promise<FlowText> {
  return file === "-"
    ? { file: STANDARD_INPUT, path: "-", text: await readStandardInput() }
    : { file, path: file, text: await readFlowFile(file) };
}

/** All of several failures as one, with the exit code of the worst. */
export function allOf([first, ...others]: readonly [CommandFailure, ...CommandFailure[]]): CommandFailure {
  const messages = [first, ...others].map(({ message }) => message);
  const code = Math.max(first.code, ...others.map((each) => each.code)) as ExitCode;
  return new CommandFailure(messages.join("\nflowc: "), code);
}

/** @throws CommandFailure if it is not UTF-8 */
export async function readStandardInput(): Promise<string> {
  return textOf(await buffer(process.stdin), STANDARD_INPUT);
}
