import type { Deviation, JudgedEpisode, Search } from "../../search/index.js";

/** One way that an episode may go: as it was played, or otherwise from one choice point on. */
export type Way = JudgedEpisode | Deviation;

/** Two ways of one episode. */
export interface Comparison {
  readonly a: Way;
  readonly b: Way;
}

/** What it took to find preferences without a reward, in one round. */
export interface PreferenceFigures {
  /** Episodes, or pairs of them in one order, that an evaluator was asked about. */
  readonly asked: number;
  /** What was not asked since the same had been asked, or both sides read the same. */
  readonly known: number;
  /** Pairs of which a comparator said one thing in one order and another in the other: ties. Absent of feedback. */
  readonly disagreed?: number;
  /** What the evaluator broke on, which gives no preference. */
  readonly failed: number;
  /** Calls of its judges, and their tokens; part of the round's totals as well. */
  readonly calls: number;
  readonly prompted: number;
  readonly decoded: number;
}

/** Says which of two ways is better. What it remembers lives as long as a round, so that resuming makes no difference. */
export interface PreferenceSource {
  /** By how much `b` is better than `a`, in the order of the comparisons: below 0 if it is worse, 0 for a tie. */
  advantages(comparisons: readonly Comparison[]): Promise<readonly number[]>;
  /** Undefined where nothing was asked for them. */
  figures(): PreferenceFigures | undefined;
}

/** Makes the source of a round, for the search that plays it. */
export type NewSource = (search: Search) => PreferenceSource;

/** The reward of whole episodes: how much more one earned. */
export const rewards: PreferenceSource = {
  advantages: async (comparisons) => comparisons.map(({ a, b }) => b.judgement.reward - a.judgement.reward),
  figures: () => undefined,
};
