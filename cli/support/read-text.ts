import { readFileSync } from "node:fs";
import { decodeUtf8 } from "../../compiler/files/utf8.js";
import { CommandFailure, ExitCode } from "./exit.js";

/**
 * The text of a file that the command line names, without a byte order mark.
 * @param wanted what is needed where the path is that of a folder
 * @throws CommandFailure if there is no such file, it cannot be read, or it is not UTF-8
 */
export function readTextFile(path: string, wanted = "a file"): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw notRead(path, error, wanted);
  }
  return textOf(bytes, path).replace(/^\uFEFF/, "");
}

/**
 * The text of bytes, with its byte order mark if it has one.
 * @param name what they are called in messages
 * @throws CommandFailure naming the first byte that is not UTF-8
 */
export function textOf(bytes: Buffer, name: string): string {
  const read = decodeUtf8(bytes);
  if ("why" in read) throw new CommandFailure(`${name}: ${read.why}`, ExitCode.diagnostics);
  return read.text;
}

/** What to say when the file system does not give a file. */
export function notRead(path: string, error: unknown, wanted: string): CommandFailure {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new CommandFailure(`${path}: there is no such file`);
  if (code === "EISDIR") return new CommandFailure(`${path}: this is a folder, ${wanted} is needed`);
  return new CommandFailure(`${path}: cannot be read (${code ?? String(error)})`);
}
