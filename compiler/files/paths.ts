import { posix } from "node:path";
import type { ModulePath, Sources } from "../../grammar/index.js";

/** Longer paths are nobody's. */
const longest = 1_000;

/** A name of a file or a folder that a flow may write: nothing hidden, no quotes, no separators of other systems. */
const name = /^(?!\.)[\p{L}\p{N}_.@+ -]+$/u;

/** `./` and the path of a TypeScript or JavaScript file below the folder of the flow. */
export function isModulePath(path: string): boolean {
  return isPath(path, /^\.\//) && /\.[cm]?[jt]s$/.test(path);
}

/** `./` or `../`, as often as is needed, and the path of a .flow file. */
export function isFlowPath(path: string): boolean {
  return isPath(path, /^(?:\.\/|(?:\.\.\/)+)/) && path.endsWith(".flow");
}

/** The path of a file below the folder of the flow. */
export function isFilePath(path: string): boolean {
  return isPath(path, /^/);
}

function isPath(path: string, beginning: RegExp): boolean {
  if (path.length > longest || !beginning.test(path)) return false;
  return path
    .replace(beginning, "")
    .split("/")
    .every((part) => name.test(part));
}

/** A module that a declaration names, from the folder of the file that was asked for. */
export function moduleFrom(sources: Sources, { path, span }: ModulePath): string {
  return seenFrom(posix.join(posix.dirname(sources.at(span.start).path), path));
}

/** The path of one file as another one would import it; both are seen from the same folder. */
export function importPath(from: string, to: string): string {
  return seenFrom(posix.relative(posix.dirname(from), to));
}

function seenFrom(path: string): string {
  return path.startsWith("../") ? path : `./${path}`;
}
