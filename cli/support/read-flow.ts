import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { notRead, textOf } from "./read-text.js";

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
  return textOf(await buffer(process.stdin), "standard input");
}
