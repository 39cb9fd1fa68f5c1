import { DataError } from "./error.js";
import { type Fields, RowReader } from "./fields.js";
import { defaultReadLimits, type Line, type ReadLimits, readLines } from "./lines.js";

/** One question in MuSiQue's official format, validated. */
export interface MusiqueRow {
  /** Like `2hop__482757_12019`; the two rows of a MuSiQue-Full question share it. */
  readonly id: string;
  /** 1-based line of the file it was read from, for messages. */
  readonly line: number;
  readonly question: string;
  readonly paragraphs: readonly MusiqueParagraph[];
  readonly answer: string;
  readonly aliases: readonly string[];
  readonly answerable: boolean;
  /** Empty where the file leaves the decomposition out: nothing but training on gold steps needs it. */
  readonly decomposition: readonly MusiqueStep[];
}

/** A paragraph among which the answer is sought. */
export interface MusiqueParagraph {
  /** Its number, by which support is named; distinct within a question. */
  readonly idx: number;
  readonly title: string;
  readonly body: string;
  readonly isSupporting: boolean;
}

/** One step of the question's decomposition. */
export interface MusiqueStep {
  /** The step's question, with `#1`, `#2`, ... for the answers of earlier steps. */
  readonly question: string;
  readonly answer: string;
  /** `idx` of the paragraph that answers it, or null where an unanswerable row lacks it. */
  readonly support: number | null;
}

/** How much of a file to read, and its bounds. */
export interface ReadOptions {
  /** Stop after so many questions, of which MuSiQue-Full has two rows each; all by default. */
  readonly limit?: number;
  readonly limits?: ReadLimits;
}

function paragraphsOf(reader: RowReader, row: Fields): MusiqueParagraph[] {
  const seen = new Set<number>();
  const paragraphs = reader.objects(row, "paragraphs").map((fields, i) => {
    const at = `paragraphs[${i}].`;
    const idx = reader.index(fields, "idx", at);
    if (seen.has(idx)) reader.fail(`"${at}idx"`, `${idx} stands in this question twice`);
    seen.add(idx);
    return {
      idx,
      title: reader.text(fields, "title", at),
      body: reader.text(fields, "paragraph_text", at),
      isSupporting: reader.flag(fields, "is_supporting", at),
    };
  });
  return paragraphs.length > 0 ? paragraphs : reader.fail('"paragraphs"', "expected at least one paragraph");
}

function stepsOf(reader: RowReader, row: Fields, paragraphs: readonly MusiqueParagraph[]): MusiqueStep[] {
  if (!row.has("question_decomposition")) return [];
  return reader.objects(row, "question_decomposition").map((fields, i) => {
    const at = `question_decomposition[${i}].`;
    const isNone = reader.required(fields, "paragraph_support_idx", at) === null;
    const support = isNone ? null : reader.index(fields, "paragraph_support_idx", at);
    if (support !== null && !paragraphs.some((paragraph) => paragraph.idx === support)) {
      reader.fail(`"${at}paragraph_support_idx"`, `no paragraph has idx ${support}`);
    }
    return {
      question: reader.text(fields, "question", at),
      answer: reader.text(fields, "answer", at),
      support,
    };
  });
}

function parseRow(line: Line, path: string): MusiqueRow {
  const reader = new RowReader(path, line.number);
  const row = reader.object(line);
  const id = reader.text(row, "id");
  if (id === "") reader.fail('"id"', "expected a text that is not empty");
  const paragraphs = paragraphsOf(reader, row);
  return {
    id,
    line: line.number,
    question: reader.text(row, "question"),
    paragraphs,
    answer: reader.text(row, "answer"),
    aliases: reader.texts(row, "answer_aliases"),
    answerable: reader.flag(row, "answerable"),
    decomposition: stepsOf(reader, row, paragraphs),
  };
}

/** The id of a row, or nothing that one could be where the line is broken: it may stand behind all that is wanted. */
function idOf({ text }: Line): string {
  try {
    const { id } = JSON.parse(text) as { readonly id?: unknown };
    return typeof id === "string" ? id : "";
  } catch {
    return "";
  }
}

/**
 * Reads a file in MuSiQue's format, plain or gzipped, in order. Unknown fields are ignored; of a repeated field the
 * last counts, as in the official reader.
 *
 * @throws DataError naming file and line; `empty` if there is no row
 */
export async function readMusique(path: string, options: ReadOptions = {}): Promise<readonly MusiqueRow[]> {
  const rows: MusiqueRow[] = [];
  const ids = new Set<string>();
  const { limit = Number.POSITIVE_INFINITY } = options;
  for await (const line of readLines(path, options.limits ?? defaultReadLimits)) {
    if (ids.size >= limit && !ids.has(idOf(line))) break;
    const row = parseRow(line, path);
    ids.add(row.id);
    rows.push(row);
  }
  if (rows.length === 0) {
    throw new DataError(
      "empty",
      "the file has no questions; expected MuSiQue's format, one JSON object a line",
      { path },
    );
  }
  return rows;
}

/** The answer and its aliases: all texts that count as right. */
export function goldAnswers(row: MusiqueRow): readonly string[] {
  return [row.answer, ...row.aliases];
}

/** `idx` of every supporting paragraph, in the order of the paragraphs. */
export function goldSupport(row: MusiqueRow): readonly number[] {
  return row.paragraphs.filter((paragraph) => paragraph.isSupporting).map((paragraph) => paragraph.idx);
}
