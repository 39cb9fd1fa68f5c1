import type { Site } from "../machine/index.js";
import {
  type Budget,
  choiceAt,
  type Deviation,
  type Episode,
  type JudgedEpisode,
  type Search,
  shown,
  type Tried,
} from "../search/index.js";

/** Something else that was tried at a choice point, and what the episode then came to. */
export interface OtherOutput {
  /** The text, a record as JSON, the label, or the index of the candidate. */
  readonly output: string | number;
  readonly reward: number;
}

/** A choice point at which others were tried. Plain JSON. */
export interface CreditPoint {
  readonly task: string;
  readonly point: string;
  readonly site: string;
  readonly agent: string;
  readonly kind: Site["kind"];
  /** The probability with which this choice point was among those tried. */
  readonly probability: number;
  /** What the policy gave there, and the reward of the episode as it was. */
  readonly greedy: OtherOutput;
  /** Empty where nothing else was found. What broke is left out. */
  readonly others: readonly OtherOutput[];
}

/** What is left of an episode and its deviations: the rewards, without states. */
export interface CreditEpisode {
  readonly task: string;
  readonly reward: number;
  /** Number of choice points by site, whether others were tried there or not. */
  readonly seen: ReadonlyMap<string, number>;
  readonly points: readonly CreditPoint[];
}

/** Tries other outputs in episodes of a search, and keeps what they were worth. */
export async function creditEpisodes(
  search: Search,
  episodes: readonly JudgedEpisode[],
  budget: Budget,
): Promise<readonly CreditEpisode[]> {
  const played = episodes.map(({ episode }) => episode);
  const ofEpisode = ({ episode }: Tried): Episode => episode;
  const { shareAt: _, tokensPerEpisode: __, ...unlimited } = { ...budget, share: 1 };
  const seen = grouped(search.tried(played, unlimited), ofEpisode);
  const tried = grouped(search.tried(played, budget), ofEpisode);
  const deviations = grouped(await search.deviate(played, budget), ofEpisode);
  return episodes.map(({ episode, judgement: { reward } }): CreditEpisode => {
    const others = grouped(deviations.get(episode) ?? [], ({ step }) => step);
    return {
      task: episode.task.id,
      reward,
      seen: countSites(episode, seen.get(episode) ?? []),
      points: (tried.get(episode) ?? []).map(({ step, probability }) =>
        pointOf(episode, step, { reward, probability, others: others.get(step) ?? [] }),
      ),
    };
  });
}

function grouped<T, K>(all: readonly T[], keyOf: (one: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

function countSites(episode: Episode, points: readonly Tried[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { step } of points) {
    const { site } = choiceAt(episode, step);
    counts.set(site, (counts.get(site) ?? 0) + 1);
  }
  return counts;
}

function pointOf(
  episode: Episode,
  index: number,
  found: { readonly reward: number; readonly probability: number; readonly others: readonly Deviation[] },
): CreditPoint {
  const { point, site, agent, kind, reply } = choiceAt(episode, index);
  return {
    task: episode.task.id,
    point,
    site,
    agent,
    kind,
    probability: found.probability,
    greedy: { output: shown(reply), reward: found.reward },
    others: found.others.map(({ alternative, judgement }) => ({
      output: shown(alternative.reply),
      reward: judgement.reward,
    })),
  };
}
