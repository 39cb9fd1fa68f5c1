import { createHash } from "node:crypto";
import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { CommandFailure, ExitCode } from "./exit.js";

/** Files of a model folder that its outputs depend on. */
const MODEL_FILE =
  /^(?:config|generation_config|tokenizer|tokenizer_config)\.json$|\.safetensors$|\.index\.json$|\.jinja$/u;

/** SHA-256 of a file, lower-case hex. @throws CommandFailure if it cannot be read */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${path}: cannot be read (${code ?? String(error)})`, ExitCode.diagnostics);
  }
  return hash.digest("hex");
}

/** SHA-256 over the names and contents of a model's files. @throws CommandFailure if it cannot be read */
export async function hashModel(folder: string): Promise<string> {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => MODEL_FILE.test(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${folder}: cannot be read (${code ?? String(error)})`, ExitCode.diagnostics);
  }
  const hash = createHash("sha256");
  for (const name of names.sort()) hash.update(`${name}\n${await hashFile(join(folder, name))}\n`);
  return hash.digest("hex");
}
