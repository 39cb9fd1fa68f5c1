import type { Json } from "../machine/index.js";
import { DataError } from "./error.js";
import { RowReader } from "./fields.js";
import { defaultReadLimits, type ReadLimits, readLines } from "./lines.js";
import type { MusiqueRow } from "./musique.js";

/** One row of a prediction file in MuSiQue's official format. */
export interface Prediction {
  readonly id: string;
  readonly answer: string;
  readonly support: readonly number[];
  readonly answerable: boolean;
}

/** What a flow's result says about a question. */
export interface Outcome {
  readonly answer: string;
  readonly support: readonly number[];
  /** Whether the flow holds the question to be answerable; true where its result has no such field. */
  readonly answerable: boolean;
}

// Python's int(): numbers are cut to whole ones, texts of digits are read, and true is 1.
function asIdx(value: unknown): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return Math.trunc(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" && /^\s*[+-]?\d{1,15}\s*$/u.test(value) ? Number(value) : undefined;
}

// The official evaluator compares with ==, by which 1 is true and 0 false.
function asFlag(value: unknown): boolean | undefined {
  if (value === true || value === 1) return true;
  return value === false || value === 0 ? false : undefined;
}

/**
 * Reads `{id, predicted_answer, predicted_support_idxs, predicted_answerable}`, one a line, plain or gzipped.
 *
 * @throws DataError naming file and line; `empty` if there is no row
 */
export async function readPredictions(
  path: string,
  limits: ReadLimits = defaultReadLimits,
): Promise<readonly Prediction[]> {
  const predictions: Prediction[] = [];
  for await (const line of readLines(path, limits)) {
    const reader = new RowReader(path, line.number);
    const row = reader.object(line);
    const flag = asFlag(reader.required(row, "predicted_answerable"));
    predictions.push({
      id: reader.text(row, "id"),
      answer: reader.text(row, "predicted_answer"),
      support: reader
        .list(row, "predicted_support_idxs")
        .map(
          (item, i) =>
            asIdx(item) ?? reader.fail(`"predicted_support_idxs[${i}]"`, "expected a whole number"),
        ),
      answerable: flag ?? reader.fail('"predicted_answerable"', "expected true or false"),
    });
  }
  if (predictions.length === 0) throw new DataError("empty", "the file has no predictions", { path });
  return predictions;
}

/**
 * Reads a flow's result: a record with `answer: text` and `support: list<int>`, and, of flows that may decline,
 * `answerable` as a bool or as `yes` or `no`.
 *
 * @throws DataError `result` saying what is missing
 */
export function outcomeOf(result: Json): Outcome {
  const record =
    result !== null && typeof result === "object" && !Array.isArray(result)
      ? new Map(Object.entries(result))
      : undefined;
  const fail = (what: string): never => {
    throw new DataError(
      "result",
      `${what}; a flow over MuSiQue questions returns { answer: text, support: list<int> }`,
    );
  };
  if (record === undefined) return fail("the flow's result is no record");
  const answer: unknown = record.get("answer");
  const support: unknown = record.get("support");
  const verdict: unknown = record.has("answerable") ? record.get("answerable") : true;
  if (typeof answer !== "string") return fail("the flow's result has no text `answer`");
  if (!Array.isArray(support) || !support.every((idx) => Number.isSafeInteger(idx))) {
    return fail("the flow's result has no list of whole numbers `support`");
  }
  if (verdict !== "yes" && verdict !== "no" && typeof verdict !== "boolean") {
    return fail("the result's `answerable` is neither true, false, yes nor no");
  }
  return { answer, support: support as readonly number[], answerable: verdict === true || verdict === "yes" };
}

/** What a flow's result predicts for a question. */
export function predictionOf(row: MusiqueRow, result: Json): Prediction {
  return { id: row.id, ...outcomeOf(result) };
}

/** A prediction file's text: one JSON object a line, in the order given, which must be that of the data file. */
export function formatPredictions(predictions: readonly Prediction[]): string {
  return predictions
    .map(({ id, answer, support, answerable }) => ({
      id,
      predicted_answer: answer,
      predicted_support_idxs: support,
      predicted_answerable: answerable,
    }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join("");
}
