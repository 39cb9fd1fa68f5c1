import { type Agent, type FlowModule, isTrained, type Site } from "../machine/index.js";
import { type Ratio, ratioBootstrap } from "../simulator/bootstrap.js";
import type { CreditEpisode, CreditPoint } from "./episodes.js";
import { headroomOf } from "./headroom.js";

/** A mean with its 95 % bootstrap interval over questions. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
}

/** What single changes of outputs are worth at some of a flow's choice points. Null where there is nothing to tell of. */
export interface Credit {
  /** Choice points that the episodes came to, those at which others were tried, and the others that were tried. */
  readonly points: number;
  readonly tried: number;
  readonly others: number;
  /**
   * Per episode: the reward that the best change of one output here adds, 0 where none adds any. An unbiased estimate
   * where only a share of the choice points is tried.
   */
  readonly headroom: Estimate | null;
  /** Share of choice points at which some other output leads to a higher reward, and to a lower one. */
  readonly better: Estimate | null;
  readonly worse: Estimate | null;
  /** Per choice point: the reward that the best other output adds, 0 where none adds any. */
  readonly gain: Estimate | null;
  /** The largest of these. */
  readonly largest: number;
  /** Per choice point that has others: how much another output changes the reward, in the mean over those tried. */
  readonly change: Estimate | null;
}

export interface SiteCredit extends Credit {
  readonly site: string;
  readonly agent: string;
  readonly kind: Site["kind"];
}

export interface AgentCredit extends Credit {
  readonly agent: string;
}

export interface CreditReport {
  readonly questions: number;
  readonly episodes: number;
  /** Of the episodes as they were. */
  readonly reward: Estimate;
  /** Sites and agents in which others were tried, that of the most headroom first, of equals in the flow's order. */
  readonly sites: readonly SiteCredit[];
  readonly agents: readonly AgentCredit[];
  /** Of the best change of one output anywhere among these. */
  readonly all: Credit;
}

/**
 * Sums up episodes. Intervals resample questions, since the choice points of a question depend on one another; all are
 * taken over the same resamples.
 *
 * @param agents those in whose choice points others were tried; default all that are no judges
 * @param questionOf names the question of a task; default the task
 * @throws RangeError if there are no episodes
 */
export function creditReport(
  flow: Pick<FlowModule, "agents" | "sites">,
  episodes: readonly CreditEpisode[],
  options: {
    readonly agents?: ReadonlySet<string> | undefined;
    readonly questionOf?: (task: string) => string;
    readonly resamples?: number;
  } = {},
): CreditReport {
  if (episodes.length === 0) throw new RangeError("no episodes");
  const { agents: only, questionOf = (task) => task, resamples = 10_000 } = options;
  const isMeasured = (agent: Agent): boolean => isTrained(agent) && (only?.has(agent.name) ?? true);
  const agents = flow.agents.filter(isMeasured).map(({ name }) => name);
  const sites = flow.sites.filter(({ agent }) => agents.includes(agent));
  const questions = [...new Set(episodes.map(({ task }) => questionOf(task)))];
  const index = new Map(questions.map((question, i) => [question, i]));
  const all: readonly Indexed[] = episodes.map((episode) => ({
    episode,
    question: index.get(questionOf(episode.task))!,
  }));
  const count = questions.length;
  const groups = [
    new Group(count, all, sites),
    ...agents.map((agent) => new Group(count, all, sites, (site) => site.agent === agent)),
    ...sites.map(({ id }) => new Group(count, all, sites, (site) => site.id === id)),
  ];
  const rewards = newRatio(count);
  for (const { episode, question } of all) add(rewards, question, episode.reward, 1);
  const ratios = [rewards, ...groups.flatMap(({ ratios }) => ratios)];
  const [reward, ...estimates] = ratioBootstrap(ratios, { key: "credit", resamples }).map((found) =>
    found === undefined ? null : { value: found.value, interval: [found.low, found.high] as const },
  );
  const [whole, ...others] = groups.map((group, i) => group.credit(estimates.slice(i * 5, i * 5 + 5)));
  const byHeadroom = (a: Credit, b: Credit): number => (b.headroom?.value ?? 0) - (a.headroom?.value ?? 0);
  return {
    questions: count,
    episodes: episodes.length,
    reward: reward!,
    sites: sites
      .map(({ id, agent, kind }, i) => ({ site: id, agent, kind, ...others[agents.length + i]! }))
      .sort(byHeadroom),
    agents: agents.map((agent, i) => ({ agent, ...others[i]! })).sort(byHeadroom),
    all: whole!,
  };
}

interface Indexed {
  readonly episode: CreditEpisode;
  /** Index of its question. */
  readonly question: number;
}

function newRatio(count: number): Ratio {
  return { numerators: new Float64Array(count), denominators: new Float64Array(count) };
}

function add({ numerators, denominators }: Ratio, question: number, value: number, weight: number): void {
  numerators[question]! += value * weight;
  denominators[question]! += weight;
}

/** The choice points of some sites: their sums, by question. */
class Group {
  readonly ratios: readonly Ratio[];
  #points = 0;
  #tried = 0;
  #others = 0;
  #largest = 0;

  constructor(
    count: number,
    all: readonly Indexed[],
    sites: readonly Site[],
    isIn: (site: Site) => boolean = () => true,
  ) {
    const ids = new Set(sites.filter(isIn).map(({ id }) => id));
    const [headroom, better, worse, gain, change] = Array.from({ length: 5 }, () => newRatio(count));
    this.ratios = [headroom!, better!, worse!, gain!, change!];
    for (const { episode, question } of all) {
      for (const [site, seen] of episode.seen) if (ids.has(site)) this.#points += seen;
      const points = episode.points.filter(({ site }) => ids.has(site));
      const gains = points.map((point) => ({ gain: gainOf(point), probability: point.probability }));
      add(headroom!, question, headroomOf(gains), 1);
      for (const point of points) {
        // A point that was tried with probability p stands for 1/p points.
        const weight = 1 / point.probability;
        const changes = point.others.map(({ reward }) => reward - point.greedy.reward);
        this.#tried += 1;
        this.#others += changes.length;
        this.#largest = Math.max(this.#largest, ...changes);
        add(better!, question, changes.some((each) => each > 0) ? 1 : 0, weight);
        add(worse!, question, changes.some((each) => each < 0) ? 1 : 0, weight);
        add(gain!, question, gainOf(point), weight);
        if (changes.length > 0) add(change!, question, mean(changes), weight);
      }
    }
  }

  /** @param estimates of the ratios, in their order */
  credit([headroom, better, worse, gain, change]: readonly (Estimate | null)[]): Credit {
    return {
      points: this.#points,
      tried: this.#tried,
      others: this.#others,
      headroom: this.#tried === 0 ? null : headroom!,
      better: better!,
      worse: worse!,
      gain: gain!,
      largest: this.#largest,
      change: change!,
    };
  }
}

function gainOf({ greedy, others }: CreditPoint): number {
  return Math.max(0, ...others.map(({ reward }) => reward - greedy.reward));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
