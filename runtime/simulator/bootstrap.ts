import { createHash } from "node:crypto";

/** A mean difference and its bootstrap interval. */
export interface PairedInterval {
  /** Mean of after - before. */
  readonly mean: number;
  /** Lower and upper end of the percentile interval. */
  readonly low: number;
  readonly high: number;
  /** Number of pairs. */
  readonly count: number;
}

/** How to draw resamples. */
export interface BootstrapOptions {
  /** Names the random numbers: the same key and data give the same interval. */
  readonly key?: string;
  readonly resamples?: number;
  /** Coverage, in (0, 1). */
  readonly level?: number;
}

/**
 * xoshiro128** (Blackman and Vigna 2018), seeded by SHA-256 of the key: ten million draws a call are too many to hash
 * for each.
 * @returns a function that gives uniform whole numbers in [0, `bound`)
 */
function uniformIndices(key: string, bound: number): () => number {
  const seed = createHash("sha256").update(key).digest();
  let a = seed.readUInt32LE(0);
  let b = seed.readUInt32LE(4);
  let c = seed.readUInt32LE(8);
  // The generator's state must not be all zero.
  let d = seed.readUInt32LE(12) | 1;
  return () => {
    const scaled = Math.imul(b, 5);
    const out = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return Math.floor((out / 2 ** 32) * bound);
  };
}

function checked({
  key = "bootstrap",
  resamples = 10_000,
  level = 0.95,
}: BootstrapOptions): Required<BootstrapOptions> {
  if (!Number.isSafeInteger(resamples) || resamples < 1) throw new RangeError(`${resamples} resamples`);
  if (!(level > 0 && level < 1)) throw new RangeError(`a level of ${level}`);
  return { key, resamples, level };
}

// Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, the default of NumPy and R).
function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (at - below);
}

/**
 * Percentile bootstrap interval (Efron and Tibshirani 1993) of the mean difference between two figures of the same
 * questions, by resampling questions with replacement.
 *
 * @param before one figure per question, e.g. answer F1
 * @param after the same questions' figures, in the same order
 * @throws RangeError if the lists differ in length or are empty, or an option is out of range (a caller's bug)
 */
export function pairedBootstrap(
  before: readonly number[],
  after: readonly number[],
  options: BootstrapOptions = {},
): PairedInterval {
  if (before.length !== after.length)
    throw new RangeError(`${before.length} figures before, ${after.length} after`);
  if (before.length === 0) throw new RangeError("no pairs");
  const { key, resamples, level } = checked(options);
  const count = before.length;
  const gaps = Float64Array.from(after, (value, i) => value - (before[i] as number));
  const draw = uniformIndices(key, count);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += gaps[draw()] as number;
    means[r] = sum / count;
  }
  means.sort();
  const tail = (1 - level) / 2;
  return {
    mean: gaps.reduce((sum, gap) => sum + gap, 0) / count,
    low: quantile(means, tail),
    high: quantile(means, 1 - tail),
    count,
  };
}

/** How many ways of drawing rows are remembered: all of four rows or fewer, and no more memory than their columns. */
const MOST_SUMS = 35;

/** The bootstrap distribution of a mean. */
export interface Resampled {
  readonly mean: number;
  /** Percentile interval of that coverage, in (0, 1). */
  interval(level: number): readonly [low: number, high: number];
  /** Share of the resamples whose mean is at most so much, or at least; never 0, since there might have been one more. */
  atMost(value: number): number;
  atLeast(value: number): number;
}

/**
 * Resamples a table of figures by its rows and its columns at once (runs with different seeds, and questions that all of
 * them answered): both are drawn with replacement, and a resample's mean is over all crossings (Owen 2007, the
 * pigeonhole bootstrap). A single row stays as it is, so the interval is over columns alone.
 *
 * @throws RangeError if the table is empty or its rows differ in length (a caller's bug)
 */
export function crossedBootstrap(
  rows: readonly (readonly number[])[],
  options: Omit<BootstrapOptions, "level"> = {},
): Resampled {
  const { key, resamples } = checked(options);
  const columns = rows[0]?.length ?? 0;
  if (columns === 0) throw new RangeError("no figures");
  if (rows.some(({ length }) => length !== columns)) throw new RangeError("rows of different questions");
  const drawColumn = uniformIndices(`${key} columns`, columns);
  const drawRow = uniformIndices(`${key} rows`, rows.length);
  const means = new Float64Array(resamples);
  // A few rows are drawn in few ways: what each comes to is worked out once.
  const known = new Map<string, Float64Array>();
  const sumsOf = (drawn: Uint32Array): Float64Array => {
    const name = drawn.join();
    const found = known.get(name);
    if (found !== undefined) return found;
    const sums = new Float64Array(columns);
    for (const i of drawn) for (let q = 0; q < columns; q++) sums[q]! += rows[i]![q]!;
    if (known.size < MOST_SUMS) known.set(name, sums);
    return sums;
  };
  for (let r = 0; r < resamples; r++) {
    const sums = sumsOf(Uint32Array.from(rows, drawRow).sort());
    let sum = 0;
    for (let q = 0; q < columns; q++) sum += sums[drawColumn()]!;
    means[r] = sum / (rows.length * columns);
  }
  means.sort();
  const share = (count: number): number => (count + 1) / (resamples + 1);
  return {
    mean: rows.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0) / (rows.length * columns),
    interval: (level) => [quantile(means, (1 - level) / 2), quantile(means, (1 + level) / 2)],
    atMost: (value) => share(means.filter((mean) => mean <= value).length),
    atLeast: (value) => share(means.filter((mean) => mean >= value).length),
  };
}

/** A ratio of two sums over questions: a mean over things of which questions have different numbers. */
export interface Ratio {
  /** One figure per question. */
  readonly numerators: Float64Array;
  /** The same questions' figures, in the same order, 0 or more. */
  readonly denominators: Float64Array;
}

export interface RatioInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile bootstrap intervals of ratios, by resampling questions with replacement: all that one question adds to a sum
 * comes and goes together. All ratios are taken over the same resamples. A resample in which a denominator is 0 says
 * nothing about its ratio and is left out.
 *
 * @returns undefined for a ratio whose denominator is 0
 * @throws RangeError if the lists differ in length, or an option is out of range (a caller's bug)
 */
export function ratioBootstrap(
  ratios: readonly Ratio[],
  options: BootstrapOptions = {},
): readonly (RatioInterval | undefined)[] {
  const { key, resamples, level } = checked(options);
  const count = ratios[0]?.numerators.length ?? 0;
  const lists = [...new Set(ratios.flatMap(({ numerators, denominators }) => [numerators, denominators]))];
  if (lists.some(({ length }) => length !== count)) throw new RangeError("ratios over different questions");
  const draw = uniformIndices(key, count);
  const times = new Float64Array(count);
  const found = ratios.map(() => new Float64Array(resamples));
  const kept = ratios.map(() => 0);
  for (let r = 0; r < resamples; r++) {
    times.fill(0);
    for (let i = 0; i < count; i++) times[draw()]! += 1;
    const sums = new Map(lists.map((list) => [list, weightedSum(list, times)]));
    for (const [at, { numerators, denominators }] of ratios.entries()) {
      const denominator = sums.get(denominators)!;
      if (denominator === 0) continue;
      found[at]![kept[at]!] = sums.get(numerators)! / denominator;
      kept[at]! += 1;
    }
  }
  const ones = new Float64Array(count).fill(1);
  const tail = (1 - level) / 2;
  return ratios.map(({ numerators, denominators }, at) => {
    const denominator = weightedSum(denominators, ones);
    if (denominator === 0 || kept[at] === 0) return undefined;
    const sorted = found[at]!.subarray(0, kept[at]!).sort();
    return {
      value: weightedSum(numerators, ones) / denominator,
      low: quantile(sorted, tail),
      high: quantile(sorted, 1 - tail),
    };
  });
}

function weightedSum(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * (weights[i] as number);
  return sum;
}
