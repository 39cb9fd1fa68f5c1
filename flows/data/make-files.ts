import { apartSizes, fullRows, fullSizes, type Question, questionsOf, sizes } from "./parts.js";
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

function rowsOf(questions: readonly Question[]): readonly Row[] {
  return questions.map(({ row }) => row);
}

/** All files of the data set, one at a time. */
export function* filesOf(world: World, seed: string = publishedSeed): Generator<DataFile> {
  for (const part of parts) {
    const whole = questionsOf(world, part, sizes[part], { paragraphs: 8 }, seed);
    yield file(part, rowsOf(whole));
    yield file(`full-${part}`, fullRows(whole.slice(0, fullSizes[part]), seed));
    const apart = questionsOf(world, part, apartSizes[part], { paragraphs: 20, apart: true }, seed);
    yield file(`${part}-apart`, rowsOf(apart));
    yield file(`full-${part}-apart`, fullRows(apart.slice(0, fullSizes[part] / 2), seed));
  }
}
