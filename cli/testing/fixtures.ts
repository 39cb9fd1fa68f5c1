import { readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { decodeUtf8 } from "../../compiler/files/utf8.js";
import type { TestFile } from "../../compiler/index.js";
import { conform, type Json } from "../../runtime/machine/index.js";

/** No value that a test reads comes near this. */
const MAX_BYTES = 10_000_000;

/** The value of a file that a test names, or what is wrong with it: the message begins with the file. */
export type Fixture = { readonly value: Json } | { readonly problem: string };

/**
 * Reads a file below the folder of a .flow file, wherever links lead: a text as it stands, without one line break at its
 * end, everything else as JSON that is held against the type that is wanted.
 */
export function readFixture(folder: string, { path, isText, schema }: TestFile): Fixture {
  const text = readBelow(folder, path);
  if ("problem" in text) return text;
  if (isText) return { value: text.value.replace(/\r?\n$/, "") };
  let parsed: Json;
  try {
    parsed = JSON.parse(text.value) as Json;
  } catch (error) {
    return { problem: `${path} holds no JSON (${(error as Error).message})` };
  }
  const held = conform(schema as Json, parsed);
  return "problem" in held ? { problem: `${path} does not fit: ${held.problem}` } : held;
}

function readBelow(folder: string, path: string): { readonly value: string } | { readonly problem: string } {
  try {
    const root = realpathSync(resolve(folder));
    const file = realpathSync(join(root, path));
    const way = relative(root, file);
    if (way.startsWith("..") || isAbsolute(way)) return { problem: `${path} leads out of the flow's folder` };
    const info = statSync(file);
    if (!info.isFile()) return { problem: `${path} is no file` };
    if (info.size > MAX_BYTES) return { problem: `${path} has more than ${MAX_BYTES} bytes` };
    const read = decodeUtf8(readFileSync(file));
    if ("why" in read) return { problem: `${path} cannot be read: ${read.why}` };
    return { value: read.text.replace(/^\uFEFF/, "") };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { problem: `${path}: there is no such file beside the flow` };
    return { problem: `${path} cannot be read (${code ?? String(error)})` };
  }
}
