import { fullRows, fullSizes, questionsOf, sizes, wideSizes } from "./parts.js";
import type { Row } from "./row.js";
import { parts } from "./split.js";
import type { World } from "./world.js";

/** Names the published data set: another seed gives other questions over the same split. */
const publishedSeed = "flowc-data-1";

/** A file of the data set before compression. */
export interface DataFile {
  /** Without its ending `.jsonl.gz`. */
  readonly name: string;
  /** Number of rows. */
  readonly count: number;
  /** One JSON object a line. */
  readonly text: string;
}

function file(name: string, rows: readonly Row[]): DataFile {
  return { name, count: rows.length, text: rows.map((row) => `${JSON.stringify(row)}\n`).join("") };
}

/** All files of the data set, one at a time. */
export function* filesOf(world: World, seed: string = publishedSeed): Generator<DataFile> {
  for (const part of parts) {
    const questions = questionsOf(world, part, sizes[part], 8, seed);
    yield file(
      part,
      questions.map(({ row }) => row),
    );
    yield file(`full-${part}`, fullRows(questions.slice(0, fullSizes[part]), seed));
    yield file(
      `${part}-20`,
      questionsOf(world, part, wideSizes[part], 20, seed).map(({ row }) => row),
    );
  }
}
