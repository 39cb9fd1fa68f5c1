import type { Plain } from "../record/index.js";
import type { JudgedEpisode, Search } from "../search/index.js";
import type { Algorithm, Signal } from "./algorithm.js";
import { budgetOf } from "./budget.js";
import { againstGreedy, derivePairs, type Pair } from "./pairs.js";
import { type NewSource, rewards } from "./preferences/index.js";
import type { Settings } from "./settings.js";
import { type SiteOutcome, SiteOutcomes } from "./site-outcomes.js";

/**
 * The algorithm of the paper (arXiv 2406.04516): at choice points of every episode other outputs are put in, the
 * episode is run on greedily, and which of the two is better, by their rewards or as somebody says who compares or judges
 * them, is a preference between the two outputs.
 */
export class DeviationPreferences implements Algorithm {
  readonly #settings: Settings;
  readonly #agents: ReadonlySet<string>;
  readonly #sourceOf: NewSource;
  /** Where deviations have told something; undefined if that is not asked. */
  readonly #outcomes: SiteOutcomes | undefined;

  /**
   * @param agents whose choice points are tried
   * @param sourceOf who says which of two episodes is better
   */
  constructor(settings: Settings, agents: readonly string[], sourceOf: NewSource = () => rewards) {
    this.#settings = settings;
    this.#sourceOf = sourceOf;
    this.#agents = new Set(agents);
    this.#outcomes = settings.alternatives.adaptive === true ? new SiteOutcomes() : undefined;
  }

  async signal(episodes: readonly JudgedEpisode[], search: Search): Promise<Signal> {
    const budget = budgetOf(this.#settings, this.#outcomes?.shares());
    const deviations = await search.deviate(
      episodes.map(({ episode }) => episode),
      { ...budget, agents: this.#agents },
    );
    const source = this.#sourceOf(search);
    this.#outcomes?.add(deviations, await againstGreedy(episodes, deviations, source));
    const { pairs: mode, loss } = this.#settings;
    const { pairs, ties } = await derivePairs(episodes, deviations, mode, loss, source);
    const figures = source.figures();
    return {
      terms: pairs,
      told: pairs.map(tell),
      ties,
      deviations: deviations.length,
      ...(figures === undefined ? {} : { preferences: figures }),
    };
  }

  state(): Plain | undefined {
    return this.#outcomes?.state() as unknown as Plain | undefined;
  }

  restore(state: Plain): void {
    this.#outcomes?.restore(state as unknown as readonly (readonly [string, SiteOutcome])[]);
  }
}

function tell({
  agent,
  point,
  task,
  epoch,
  gap,
  probability,
  greedyWon,
  shown,
}: Pair): Signal["told"][number] {
  return { type: "pair", agent, point, task, epoch, gap, probability, greedyWon, ...shown };
}
