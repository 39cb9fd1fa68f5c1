import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { decodeUtf8 } from "../../compiler/files/utf8.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** @throws CommandFailure if there is no such file, it cannot be read, or it is not UTF-8 */
export async function readFlowFile(path: string): Promise<string> {
  try {
    return decoded(await readFile(path), path);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new CommandFailure(`${path}: there is no such file`);
    if (code === "EISDIR") throw new CommandFailure(`${path}: this is a folder, a .flow file is needed`);
    throw new CommandFailure(`${path}: cannot be read (${code ?? String(error)})`);
  }
}

/**
 * Reads several, one after the other, so that of several mistakes the first one is told.
 * @throws CommandFailure like `readFlowFile`
 */
export async function readFlowFiles(
  files: readonly string[],
): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const read: { file: string; text: string }[] = [];
  for (const file of files) read.push({ file, text: await readFlowFile(file) });
  return read;
}

/** @throws CommandFailure if it is not UTF-8 */
export async function readStandardInput(): Promise<string> {
  return decoded(await buffer(process.stdin), "standard input");
}

function decoded(bytes: Buffer, name: string): string {
  const read = decodeUtf8(bytes);
  if ("why" in read) throw new CommandFailure(`${name}: ${read.why}`, ExitCode.diagnostics);
  return read.text;
}
