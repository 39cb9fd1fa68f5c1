import { crossedBootstrap, type Resampled } from "../../runtime/simulator/index.js";
import type { Comparison } from "./comparisons.js";
import type { Columns, Summary } from "./summary.js";

/** Of all statements together, the probability with which one is held to be true that is not. */
export const ALPHA = 0.05;

/** How far a step of Holm's procedure goes: its level, and the p-value that is comparable with `ALPHA` itself. */
export interface Corrected {
  readonly level: number;
  readonly p: number;
}

/**
 * Holm's correction (1979): the smallest of m p-values is held against alpha / m, the next against alpha / (m - 1), and so
 * on until one is too large.
 *
 * @returns in the order of the p-values
 */
export function holm(ps: readonly number[], alpha: number = ALPHA): readonly Corrected[] {
  const order = ps.map((p, i) => [p, i] as const).sort(([a], [b]) => a - b);
  const corrected = new Array<Corrected>(ps.length);
  let largest = 0;
  let level = 0;
  for (const [rank, [p, i]] of order.entries()) {
    const left = ps.length - rank;
    // Where the procedure has stopped it is at that step's level for all that are left.
    if (largest <= alpha) level = alpha / left;
    largest = Math.max(largest, Math.min(1, left * p));
    corrected[i] = { level, p: largest };
  }
  return corrected;
}

/** The runs of one arm, by seed; one run that stands for all seeds, of a base that is not trained. */
export type Runs = ReadonlyMap<number, Summary>;

/** A figure of every question, a row for each seed. @returns undefined without runs */
export function figuresOf(runs: Runs, metric: string): readonly (readonly number[])[] | undefined {
  const rows = [...runs.values()].map(({ evaluation }) => evaluation.columns[metric]);
  return rows.length === 0 || rows.some((row) => row === undefined)
    ? undefined
    : (rows as readonly (readonly number[])[]);
}

/** The distribution of an arm's mean figure, seeds and questions resampled together. */
export function meanOf(runs: Runs, metric: string): Resampled | undefined {
  const rows = figuresOf(runs, metric);
  return rows === undefined ? undefined : crossedBootstrap(rows, { key: metric });
}

/**
 * The distribution of a sum of arms' figures: of each seed and question first, so that what these have in common falls out.
 *
 * @param columnsOf the figures that a run counts with; those of the whole evaluation by default
 * @returns undefined if an arm has no run with a seed that the others have too
 * @throws RangeError if two runs were evaluated with different questions
 */
export function contrastOf(
  terms: Readonly<Record<string, number>>,
  metric: string,
  runs: ReadonlyMap<string, Runs>,
  columnsOf: (summary: Summary) => Columns = ({ evaluation }) => evaluation.columns,
): Resampled | undefined {
  const parts = Object.entries(terms).map(([name, weight]) => ({
    weight,
    runs: runs.get(name) ?? (new Map() as Runs),
  }));
  const trained = parts.filter(({ runs }) => !isSeedless(runs));
  const [first] = trained.length === 0 ? parts : trained;
  const seeds = [...first!.runs.keys()].filter((seed) => trained.every(({ runs }) => runs.has(seed)));
  const rows: number[][] = [];
  for (const seed of seeds) {
    const row: number[] = [];
    let ids: string | undefined;
    for (const { weight, runs } of parts) {
      const run = isSeedless(runs) ? [...runs.values()][0]! : runs.get(seed);
      const figures = run === undefined ? undefined : columnsOf(run)[metric];
      if (run === undefined || figures === undefined) return undefined;
      ids ??= run.evaluation.ids.join();
      if (run.evaluation.ids.join() !== ids) throw new RangeError("runs of different questions");
      for (const [i, figure] of figures.entries()) row[i] = (row[i] ?? 0) + weight * figure;
    }
    rows.push(row);
  }
  return rows.length === 0 ? undefined : crossedBootstrap(rows, { key: metric });
}

function isSeedless(runs: Runs): boolean {
  return [...runs.values()].some(({ arm }) => arm.settings === null);
}

/** What became of a statement. */
export interface Difference {
  readonly comparison: Comparison;
  /** Null as long as an arm is missing. */
  readonly found: {
    readonly diff: number;
    /** Of the coverage that Holm's step leaves it. */
    readonly ci: readonly [number, number];
    readonly p: number;
    readonly holds: boolean;
  } | null;
}

/** All statements, each family corrected for its number: those that cannot be judged yet count too. */
export function differencesOf(
  comparisons: readonly Comparison[],
  runs: ReadonlyMap<string, Runs>,
): readonly Difference[] {
  const families = new Set(comparisons.map(({ family }) => family));
  return [...families].flatMap((family) =>
    corrected(
      comparisons.filter((comparison) => comparison.family === family),
      runs,
    ),
  );
}

function corrected(
  comparisons: readonly Comparison[],
  runs: ReadonlyMap<string, Runs>,
): readonly Difference[] {
  const found = comparisons.map(({ terms, metric }) => contrastOf(terms, metric, runs));
  // Two-sided, as the intervals are.
  const ps = found.map((one, i) =>
    one === undefined ? 1 : Math.min(1, 2 * one.atMost(comparisons[i]!.above)),
  );
  const steps = holm(ps);
  return comparisons.map((comparison, i) => {
    const one = found[i];
    if (one === undefined) return { comparison, found: null };
    const { level, p } = steps[i]!;
    return { comparison, found: { diff: one.mean, ci: one.interval(1 - level), p, holds: p <= ALPHA } };
  });
}
