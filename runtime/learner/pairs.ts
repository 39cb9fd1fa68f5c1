import type { Site } from "../machine/index.js";
import { choiceAt, type Deviation, type Episode, type JudgedEpisode, shown } from "../search/index.js";
import type { PreferenceTerm } from "./loss.js";
import { type PreferenceSource, rewards } from "./preferences/index.js";
import { otherwise, scoredOf } from "./scored.js";
import type { Settings } from "./settings.js";

/** A preference between two outputs of one agent at one choice point, all else being equal. */
export interface Pair extends PreferenceTerm {
  readonly site: string;
  readonly point: string;
  readonly kind: Site["kind"];
  readonly task: string;
  readonly epoch: number;
  /** D: how much better the chosen output's episode is, > 0; with a reward, the difference. The weight is that, or the cap where one is set. */
  readonly gap: number;
  /** The probability with which this choice point was tried. */
  readonly probability: number;
  /** Whether the greedy output is the chosen one. */
  readonly greedyWon: boolean;
  /** Both outputs for people: the text, the label, or the index of the candidate. */
  readonly shown: { readonly chosen: string | number; readonly rejected: string | number };
}

export interface Preferences {
  /** By episode, by step, by alternative. */
  readonly pairs: readonly Pair[];
  /** Comparisons that gave no pair, because both outputs led to what is equally good. */
  readonly ties: number;
}

/** How a difference becomes a term of a loss. */
export type PairOptions = Pick<Settings["loss"], "length_normalized" | "gap_cap">;

/**
 * What deviations say about outputs: the greedy one against the best of a choice point's alternatives (the first
 * of equal ones), or against every one. Ties give no pair.
 *
 * @param source says which is better, and by how much
 */
export async function derivePairs(
  episodes: readonly JudgedEpisode[],
  deviations: readonly Deviation[],
  mode: "best" | "all",
  options: PairOptions = { length_normalized: false },
  source: PreferenceSource = rewards,
): Promise<Preferences> {
  const compared = mode === "all" ? deviations : await bestOfEach(deviations, source);
  const differences = await againstGreedy(episodes, compared, source);
  const pairs = compared.flatMap((deviation, i) =>
    differences[i] === 0 ? [] : [pairOf(deviation, differences[i]!, options)],
  );
  return { pairs, ties: compared.length - pairs.length };
}

/** By how much each deviation is better than the episode as it was. */
export async function againstGreedy(
  episodes: readonly JudgedEpisode[],
  deviations: readonly Deviation[],
  source: PreferenceSource,
): Promise<readonly number[]> {
  const played = new Map(episodes.map((each) => [each.episode, each]));
  return source.advantages(
    deviations.map((b) => {
      const a = played.get(b.episode);
      if (a === undefined) throw new Error("a deviation of an episode that is not among those judged");
      return { a, b };
    }),
  );
}

/**
 * Per choice point its best deviation, in order, by a knockout: the first of equal ones, and of each choice point one
 * comparison at a time, so that a source is asked about all of them together.
 */
async function bestOfEach(
  deviations: readonly Deviation[],
  source: PreferenceSource,
): Promise<readonly Deviation[]> {
  const byEpisode = new Map<Episode, Map<number, Deviation[]>>();
  for (const deviation of deviations) {
    const { episode, step } = deviation;
    const ofEpisode = byEpisode.get(episode) ?? new Map<number, Deviation[]>();
    byEpisode.set(episode, ofEpisode.set(step, [...(ofEpisode.get(step) ?? []), deviation]));
  }
  const points = [...byEpisode.values()].flatMap((ofEpisode) => [...ofEpisode.values()]);
  const best = points.map(([first]) => first!);
  for (let turn = 1; points.some((point) => turn < point.length); turn++) {
    const contested = [...points.keys()].filter((at) => turn < points[at]!.length);
    const advantages = await source.advantages(
      contested.map((at) => ({ a: best[at]!, b: points[at]![turn]! })),
    );
    for (const [i, at] of contested.entries()) if (advantages[i]! > 0) best[at] = points[at]![turn]!;
  }
  return best;
}

function pairOf(
  { episode, step: index, alternative, probability }: Deviation,
  difference: number,
  { length_normalized, gap_cap = Number.POSITIVE_INFINITY }: PairOptions,
): Pair {
  const step = choiceAt(episode, index);
  const greedy = scoredOf(step, length_normalized);
  const other = scoredOf(otherwise(step, alternative), length_normalized);
  const greedyWon = difference < 0;
  const [best, worst] = greedyWon ? [greedy, other] : [other, greedy];
  const [shownBest, shownWorst] = greedyWon
    ? [step.reply, alternative.reply]
    : [alternative.reply, step.reply];
  return {
    loss: "preference",
    agent: step.agent,
    site: step.site,
    point: step.point,
    kind: step.kind,
    task: episode.task.id,
    epoch: episode.epoch,
    gap: Math.abs(difference),
    weight: Math.min(gap_cap, Math.abs(difference)),
    probability,
    greedyWon,
    shown: { chosen: shown(shownBest), rejected: shown(shownWorst) },
    chosen: best,
    rejected: worst,
  };
}
