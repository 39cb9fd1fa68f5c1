import type { Plain } from "../record/index.js";
import type { JudgedEpisode, Search } from "../search/index.js";
import type { Algorithm, Signal } from "./algorithm.js";
import { budgetOf } from "./budget.js";
import { derivePairs, type Pair } from "./pairs.js";
import type { Settings } from "./settings.js";
import { type SiteOutcome, SiteOutcomes } from "./site-outcomes.js";

/**
 * The algorithm of the paper (arXiv 2406.04516): at choice points of every episode other outputs are put in, the
 * episode is run on greedily, and which of the two earned more is a preference between the two outputs.
 */
export class DeviationPreferences implements Algorithm {
  readonly #settings: Settings;
  readonly #agents: ReadonlySet<string>;
  /** Where deviations have told something; undefined if that is not asked. */
  readonly #outcomes: SiteOutcomes | undefined;

  /** @param agents whose choice points are tried */
  constructor(settings: Settings, agents: readonly string[]) {
    this.#settings = settings;
    this.#agents = new Set(agents);
    this.#outcomes = settings.alternatives.adaptive === true ? new SiteOutcomes() : undefined;
  }

  async signal(episodes: readonly JudgedEpisode[], search: Search): Promise<Signal> {
    const budget = budgetOf(this.#settings, this.#outcomes?.shares());
    const deviations = await search.deviate(
      episodes.map(({ episode }) => episode),
      { ...budget, agents: this.#agents },
    );
    this.#outcomes?.add(episodes, deviations);
    const { pairs, ties } = derivePairs(episodes, deviations, this.#settings.pairs, this.#settings.loss);
    return { terms: pairs, told: pairs.map(tell), ties, deviations: deviations.length };
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
