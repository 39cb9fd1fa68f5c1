import { posix } from "node:path";
import { addMapping, GenMapping, setSourceContent, toEncodedMap } from "@jridgewell/gen-mapping";
import remapping from "@jridgewell/remapping";
import type { Program } from "../check/symbols.js";
import { withoutTestLines } from "../without-tests.js";
import type { Mark } from "./text.js";

/** A source map of version 3, as JSON text. */
export type MapText = string;

/**
 * The map from emitted TypeScript to the .flow file, and to those that it imports.
 * @param path of the .flow file, relative to the map, or its URL
 */
export function flowMap(
  file: string,
  path: string,
  { sources, tests }: Pick<Program, "sources" | "tests">,
  marks: readonly Mark[],
): MapText {
  const map = new GenMapping({ file });
  const contents = new Map(sources.all.map((each) => [each, withoutTestLines(each, tests)]));
  setSourceContent(map, path, contents.get(sources.main)!);
  for (const { line, column, offset } of marks) {
    const from = sources.at(offset);
    const source = from.path === "" ? path : beside(path, from.path);
    setSourceContent(map, source, contents.get(from)!);
    const original = from.positionAt(offset);
    addMapping(map, {
      source,
      generated: { line, column },
      original: { line: original.line, column: original.column - 1 },
    });
  }
  return JSON.stringify(toEncodedMap(map));
}

/** A path from the folder of a file, as seen from where that file's own path, or URL, is seen from. */
function beside(file: string, path: string): string {
  if (!/^\w+:\/\//.test(file)) return posix.join(posix.dirname(file), path);
  return new URL(path.split("/").map(encodeURIComponent).join("/"), file).href;
}

/** Follows a JavaScript map through the TypeScript it was made from, to the .flow file. */
export function composed(javascript: MapText, typescript: MapText): MapText {
  return remapping([javascript, typescript], () => null).toString();
}
