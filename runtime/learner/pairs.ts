import type { Site } from "../machine/index.js";
import { choiceAt, type Deviation, type Episode, type JudgedEpisode, shown } from "../search/index.js";
import type { PreferenceTerm } from "./loss.js";
import { otherwise, scoredOf } from "./scored.js";
import type { Settings } from "./settings.js";

/** A preference between two outputs of one agent at one choice point, all else being equal. */
export interface Pair extends PreferenceTerm {
  readonly site: string;
  readonly point: string;
  readonly kind: Site["kind"];
  readonly task: string;
  readonly epoch: number;
  /** D: how much more reward the chosen output led to, > 0. The weight is that, or the cap where one is set. */
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
  /** Comparisons that gave no pair, because both outputs led to the same reward. */
  readonly ties: number;
}

/** How a difference in reward becomes a term of a loss. */
export type PairOptions = Pick<Settings["loss"], "length_normalized" | "gap_cap">;

/**
 * What deviations say about outputs: the greedy one against the best of a choice point's alternatives (the first
 * of equal ones), or against every one. Ties give no pair.
 */
export function derivePairs(
  episodes: readonly JudgedEpisode[],
  deviations: readonly Deviation[],
  mode: "best" | "all",
  options: PairOptions = { length_normalized: false },
): Preferences {
  const rewards = new Map(episodes.map(({ episode, judgement }) => [episode, judgement.reward]));
  const compared = mode === "all" ? deviations : bestOfEach(deviations);
  const pairs: Pair[] = [];
  for (const deviation of compared) {
    const greedy = rewards.get(deviation.episode);
    if (greedy === undefined) throw new Error("a deviation of an episode that is not among those judged");
    const difference = deviation.judgement.reward - greedy;
    if (difference !== 0) pairs.push(pairOf(deviation, difference, options));
  }
  return { pairs, ties: compared.length - pairs.length };
}

/** Per choice point its deviation of highest reward, in order. */
function bestOfEach(deviations: readonly Deviation[]): readonly Deviation[] {
  const best = new Map<Episode, Map<number, Deviation>>();
  for (const deviation of deviations) {
    const ofEpisode = best.get(deviation.episode) ?? new Map<number, Deviation>();
    best.set(deviation.episode, ofEpisode);
    const known = ofEpisode.get(deviation.step);
    if (known === undefined || deviation.judgement.reward > known.judgement.reward) {
      ofEpisode.set(deviation.step, deviation);
    }
  }
  return [...best.values()].flatMap((ofEpisode) => [...ofEpisode.values()]);
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
