import type { AgentRound, Series } from "./run-summary.js";

/** A mean, and its 95 % interval where there are enough figures for one. */
export interface Mean {
  readonly value: number;
  readonly interval: readonly [low: number, high: number] | undefined;
  readonly count: number;
}

/** What episodes that follow one another came to. */
export interface Window extends Mean {
  /** Numbers of the first and the last episode, from 0. */
  readonly from: number;
  readonly to: number;
}

/** Of fewer figures no interval is told: it would be a guess at their variance. */
const FEWEST = 5;
const MOST_WINDOWS = 24;
/** A window of a long run has this many episodes at least, and a short run this many windows. */
const SMALLEST_WINDOW = 20;
const FEWEST_WINDOWS = 6;

/** Episodes in a window: whole rounds, so many that a curve has few points, each with an interval that says something. */
export function windowSize(episodes: number, perRound: number): number {
  const short = Math.min(SMALLEST_WINDOW, Math.ceil(episodes / FEWEST_WINDOWS));
  const least = Math.max(1, short, Math.ceil(episodes / MOST_WINDOWS));
  return Math.ceil(least / perRound) * perRound;
}

/** Means over windows of so many episodes each. A last one that is less than half full joins the one before. */
export function windowsOf({ at, values }: Series, size: number): readonly Window[] {
  const groups: { from: number; to: number; values: number[] }[] = [];
  for (const [i, value] of values.entries()) {
    const from = Math.floor(at[i]! / size) * size;
    if (groups.at(-1)?.from !== from) groups.push({ from, to: from, values: [] });
    const group = groups.at(-1)!;
    group.to = at[i]!;
    group.values.push(value);
  }
  const last = groups.at(-1);
  const before = groups.at(-2);
  if (last !== undefined && before !== undefined && last.values.length < size / 2) {
    groups.pop();
    before.to = last.to;
    before.values.push(...last.values);
  }
  // No mean lies outside of what was ever seen, as intervals of few figures may.
  const lowest = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const highest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return groups.map(({ from, to, values: of }) => ({ from, to, ...meanOf(of, lowest, highest) }));
}

function meanOf(values: readonly number[], lowest: number, highest: number): Mean {
  const count = values.length;
  const value = values.reduce((sum, each) => sum + each, 0) / count;
  if (count < FEWEST) return { value, interval: undefined, count };
  const half = studentQuantile(count - 1) * Math.sqrt(variance(values, value) / count);
  return { value, interval: [Math.max(lowest, value - half), Math.min(highest, value + half)], count };
}

function variance(values: readonly number[], mean: number): number {
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** How much higher the last figures are than the first, two samples of different variance (Welch). */
export function changeOf(first: readonly number[], last: readonly number[]): Mean | undefined {
  if (first.length < FEWEST || last.length < FEWEST) return undefined;
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const value = mean(last) - mean(first);
  const errors = [first, last].map((values) => variance(values, mean(values)) / values.length);
  const [a, b] = [errors[0]!, errors[1]!];
  const freedom = (a + b) ** 2 / (a ** 2 / (first.length - 1) + b ** 2 / (last.length - 1));
  const half = a + b === 0 ? 0 : studentQuantile(freedom) * Math.sqrt(a + b);
  return { value, interval: [value - half, value + half], count: first.length + last.length };
}

/** The 97.5 % quantile of Student's t by its expansion in 1/freedom: right to 0.01 from 4 degrees of freedom on. */
export function studentQuantile(freedom: number): number {
  const z = 1.959964;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / freedom + g2 / freedom ** 2 + g3 / freedom ** 3;
}

/** What an agent's rounds within one window came to: pairs are summed, all else is the mean over them. */
export interface AgentWindow {
  readonly episodes: number;
  readonly pairs: number;
  readonly loss: number | undefined;
  readonly advantage: number | undefined;
}

/** So many points an agent's curves have at most. */
const MOST_POINTS = 40;

/** @param episodes of the run, so that all agents' windows are alike */
export function agentWindows(
  rounds: readonly AgentRound[],
  episodes: number,
  perRound: number,
): readonly AgentWindow[] {
  const size = Math.ceil(Math.ceil(episodes / MOST_POINTS) / perRound) * perRound;
  const groups = new Map<number, AgentRound[]>();
  for (const round of rounds) {
    const at = Math.min(MOST_POINTS, Math.ceil(round.episodes / size));
    const group = groups.get(at) ?? [];
    groups.set(at, group);
    group.push(round);
  }
  return [...groups.values()].map((group) => ({
    episodes: group.at(-1)!.episodes,
    pairs: group.reduce((sum, { pairs }) => sum + pairs, 0),
    loss: weighted(group, ({ loss }) => loss),
    advantage: weighted(group, ({ advantage }) => advantage),
  }));
}

/** The mean over rounds, by their pairs, of those that have the figure. */
export function weighted(
  rounds: readonly AgentRound[],
  figure: (round: AgentRound) => number | undefined,
): number | undefined {
  let sum = 0;
  let pairs = 0;
  for (const round of rounds) {
    const value = figure(round);
    if (value === undefined) continue;
    sum += value * round.pairs;
    pairs += round.pairs;
  }
  return pairs === 0 ? undefined : sum / pairs;
}
