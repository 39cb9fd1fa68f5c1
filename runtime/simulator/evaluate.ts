import { DataError } from "./error.js";
import { answerEm, answerF1, supportF1 } from "./metrics.js";
import { goldAnswers, goldSupport, type MusiqueRow } from "./musique.js";
import type { Prediction } from "./predictions.js";

/** The official evaluator's figures under its names, means over questions in full precision. */
export interface Metrics {
  /** Over the answerable rows; 0 if there are none. */
  readonly answer_f1: number;
  readonly answer_em: number;
  readonly support_f1: number;
  /** Over pairs of rows; only where a row is unanswerable, that is, for MuSiQue-Full. */
  readonly group_answer_sufficiency_f1?: number;
  readonly group_support_sufficiency_f1?: number;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function listed(ids: readonly string[]): string {
  const shown = ids
    .slice(0, 3)
    .map((id) => JSON.stringify(id))
    .join(", ");
  return ids.length > 3 ? `${shown} and ${ids.length - 3} more` : shown;
}

function countIds(rows: readonly { readonly id: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { id } of rows) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** Says how predictions and questions differ, if they do: the official evaluator demands the same ids in the same order. */
function checkIds(predictions: readonly Prediction[], rows: readonly MusiqueRow[]): void {
  const at = rows.findIndex((row, i) => row.id !== predictions[i]?.id);
  if (at === -1 && predictions.length === rows.length) return;
  const have = countIds(predictions);
  const want = countIds(rows);
  const missing = [...want].filter(([id, count]) => (have.get(id) ?? 0) < count).map(([id]) => id);
  const unknown = [...have.keys()].filter((id) => !want.has(id));
  const repeated = [...have]
    .filter(([id, count]) => want.has(id) && count > (want.get(id) as number))
    .map(([id]) => id);
  const faults = [
    missing.length > 0 ? `no prediction for ${listed(missing)}` : "",
    unknown.length > 0 ? `predictions for unknown questions ${listed(unknown)}` : "",
    repeated.length > 0 ? `too many predictions for ${listed(repeated)}` : "",
  ].filter((fault) => fault !== "");
  if (faults.length === 0) {
    faults.push(
      `row ${at + 1} is for ${listed([predictions[at]?.id ?? ""])} where the data has ${listed([rows[at]?.id ?? ""])}; the order must be the data's`,
    );
  }
  throw new DataError("mismatch", `predictions and questions do not belong together: ${faults.join("; ")}`);
}

/** Indices of the rows of each question. */
function groupsOf(rows: readonly MusiqueRow[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  rows.forEach(({ id }, i) => {
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [i]);
    else group.push(i);
  });
  return groups;
}

/**
 * Makes sure that questions can be evaluated, before a model spends its time on them.
 *
 * @throws DataError `duplicate` if a row is unanswerable, which makes it MuSiQue-Full, and a question has not two rows
 */
export function checkPairs(rows: readonly MusiqueRow[]): void {
  if (rows.every((row) => row.answerable)) return;
  for (const [id, members] of groupsOf(rows)) {
    if (members.length === 2 && members.some((i) => rows[i]!.answerable)) continue;
    const message = `question ${JSON.stringify(id)} has ${members.length} row(s); in MuSiQue-Full each has two, at least one of them answerable`;
    throw new DataError("duplicate", message);
  }
}

/**
 * Evaluates predictions as MuSiQue's official `evaluate_v1.0.py` does, without its rounding (see `officialRound`).
 *
 * Answer and support figures are means over the answerable rows. If any row is unanswerable, the data is MuSiQue-Full
 * and the group figures come with them: the answerable row's F1 if answerability was predicted right for both rows of
 * the question, else 0.
 *
 * @throws DataError `mismatch` if ids or order differ, `duplicate` if a question of MuSiQue-Full has not two rows
 */
export function evaluate(predictions: readonly Prediction[], rows: readonly MusiqueRow[]): Metrics {
  checkIds(predictions, rows);
  const answerable = rows.flatMap((row, i) =>
    row.answerable ? [[predictions[i] as Prediction, row] as const] : [],
  );
  const metrics: Metrics = {
    answer_f1: mean(answerable.map(([prediction, row]) => answerF1(prediction.answer, goldAnswers(row)))),
    answer_em: mean(answerable.map(([prediction, row]) => answerEm(prediction.answer, goldAnswers(row)))),
    support_f1: mean(answerable.map(([prediction, row]) => supportF1(prediction.support, goldSupport(row)))),
  };
  if (answerable.length === rows.length) return metrics;
  checkPairs(rows);
  const pairs = [...pairFigures(predictions, rows).values()];
  return {
    ...metrics,
    group_answer_sufficiency_f1: mean(pairs.map((pair) => pair.group_answer_sufficiency_f1)),
    group_support_sufficiency_f1: mean(pairs.map((pair) => pair.group_support_sufficiency_f1)),
  };
}

/** What a question of MuSiQue-Full adds to the figures of pairs. */
export interface PairFigures {
  readonly group_answer_sufficiency_f1: number;
  readonly group_support_sufficiency_f1: number;
}

/**
 * The figures of each pair of MuSiQue-Full, by the index of the row whose F1 they take: the answerable one, and of two
 * answerable rows the later, as in the official evaluator. Empty where every row is answerable.
 *
 * @param rows pairs whole, see `checkPairs`
 */
export function pairFigures(
  predictions: readonly Prediction[],
  rows: readonly MusiqueRow[],
): ReadonlyMap<number, PairFigures> {
  if (rows.every((row) => row.answerable)) return new Map();
  return new Map(
    [...groupsOf(rows).values()].map((members) => {
      const index = members.findLast((i) => rows[i]!.answerable)!;
      const isRight = members.every((i) => predictions[i]!.answerable === rows[i]!.answerable);
      const { answer, support } = predictions[index]!;
      const row = rows[index]!;
      const figures = {
        group_answer_sufficiency_f1: isRight ? answerF1(answer, goldAnswers(row)) : 0,
        group_support_sufficiency_f1: isRight ? supportF1(support, goldSupport(row)) : 0,
      };
      return [index, figures] as const;
    }),
  );
}

/**
 * A figure in [0, 1] as the official evaluator prints it: to three decimals, as Python's `round`, which works on the
 * exact binary value and sends exact ties to the even neighbour.
 */
export function officialRound(value: number): number {
  // toFixed is exact too, but sends ties up. A tie has 2000 x odd, which only odd sixteenths can have in binary.
  const sixteenths = value * 16;
  if (Number.isInteger(sixteenths) && sixteenths % 2 !== 0) {
    const below = Math.floor(value * 1000);
    return (below % 2 === 0 ? below : below + 1) / 1000;
  }
  return Number(value.toFixed(3));
}

/** All figures as the official evaluator prints them. */
export function officialMetrics(metrics: Metrics): Metrics {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, officialRound(value as number)]),
  ) as unknown as Metrics;
}
