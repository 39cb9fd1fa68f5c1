import { addMapping, GenMapping, setSourceContent, toEncodedMap } from "@jridgewell/gen-mapping";
import remapping from "@jridgewell/remapping";
import type { SourceText } from "../../grammar/index.js";
import type { Mark } from "./text.js";

/** A source map of version 3, as JSON text. */
export type MapText = string;

/**
 * The map from emitted TypeScript to the .flow file.
 * @param path of the .flow file, relative to the map
 */
export function flowMap(file: string, path: string, source: SourceText, marks: readonly Mark[]): MapText {
  const map = new GenMapping({ file });
  for (const { line, column, offset } of marks) {
    const original = source.positionAt(offset);
    addMapping(map, {
      source: path,
      generated: { line, column },
      original: { line: original.line, column: original.column - 1 },
    });
  }
  setSourceContent(map, path, source.text);
  return JSON.stringify(toEncodedMap(map));
}

/** Follows a JavaScript map through the TypeScript it was made from, to the .flow file. */
export function composed(javascript: MapText, typescript: MapText): MapText {
  return remapping([javascript, typescript], () => null).toString();
}
