import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { pairedBootstrap, questionOf } from "../../runtime/simulator/index.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { readBatches } from "./jsonl.js";

/** One question's figures, as `scores.jsonl` holds them. */
export type Score = { readonly id: string } & Readonly<Record<string, number | string>>;

/** Lower and upper end. */
export type Interval = readonly [number, number];

/**
 * Reads the scores of an earlier evaluation.
 *
 * @param folder what its --out was
 * @param ids the questions that it must be of, in order
 * @throws CommandFailure if there are none, they are damaged, or of other questions
 */
export async function readScores(folder: string, ids: readonly string[]): Promise<readonly Score[]> {
  const path = join(folder, "scores.jsonl");
  const fail = (problem: string) => new CommandFailure(`${path}: ${problem}`, ExitCode.diagnostics);
  if (!existsSync(path)) throw fail("is missing; --against takes the --out folder of an evaluation");
  const scores: Score[] = [];
  for await (const lines of readBatches(createReadStream(path), 1000, path)) {
    for (const { number, fields } of lines) {
      const { id, ...rest } = Object.fromEntries(fields);
      if (typeof id !== "string") throw fail(`line ${number} has no id`);
      const bad = Object.entries(rest).find(([, value]) => typeof value !== "number");
      if (bad !== undefined) throw fail(`line ${number}: ${bad[0]} is no number`);
      scores.push({ id, ...(rest as Record<string, number>) });
    }
  }
  if (scores.length !== ids.length || scores.some((score, i) => score.id !== ids[i])) {
    throw new CommandFailure(
      `${folder} evaluated other questions (${scores.length}, here ${ids.length}); evaluate both with the same --data and --limit`,
      ExitCode.diagnostics,
    );
  }
  return scores;
}

/** A 95 % bootstrap interval of every metric's mean, over the questions that have it; tasks of one question go together. */
export function intervalsOf(scores: readonly Score[]): Readonly<Record<string, Interval>> {
  return Object.fromEntries(
    metricsOf(scores).map((metric) => {
      const values = valuesOf(scores, metric);
      const { low, high } = pairedBootstrap(
        values.map(() => 0),
        values,
        { key: metric },
      );
      return [metric, [low, high] as const];
    }),
  );
}

/** Mean differences, after minus before, with paired 95 % bootstrap intervals over the same questions. */
export function compare(
  before: readonly Score[],
  after: readonly Score[],
): Readonly<Record<string, { readonly mean: number; readonly interval: Interval }>> {
  return Object.fromEntries(
    metricsOf(after).map((metric) => {
      const { mean, low, high } = pairedBootstrap(valuesOf(before, metric), valuesOf(after, metric), {
        key: metric,
      });
      return [metric, { mean, interval: [low, high] as const }];
    }),
  );
}

/** A metric's mean over the questions that have it. */
export function meanOf(scores: readonly Score[], metric: string): number {
  const values = valuesOf(scores, metric);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function metricsOf(scores: readonly Score[]): readonly string[] {
  return [...new Set(scores.flatMap((score) => Object.keys(score)))].filter((name) => name !== "id");
}

/** A metric's mean for each question that has it: MuSiQue-Full has two tasks a question, all others one. */
function valuesOf(scores: readonly Score[], metric: string): readonly number[] {
  const questions = new Map<string, number[]>();
  for (const { id, [metric]: value } of scores) {
    if (typeof value !== "number") continue;
    const question = questionOf(id);
    questions.set(question, [...(questions.get(question) ?? []), value]);
  }
  return [...questions.values()].map(
    (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  );
}
