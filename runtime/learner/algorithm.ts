import type { Plain } from "../record/index.js";
import type { JudgedEpisode, Search } from "../search/index.js";
import type { CreditEvent, PairEvent } from "./events.js";
import type { LossTerm } from "./loss.js";
import type { PreferenceFigures } from "./preferences/index.js";

/** What agents learn from one round. */
export interface Signal {
  /** Of all agents, in the order in which they came about. */
  readonly terms: readonly LossTerm[];
  /** What the events tell of them. */
  readonly told: readonly (Omit<PairEvent, "round"> | Omit<CreditEvent, "round">)[];
  /** Comparisons that gave no term, because both sides led to the same reward, or an output to what was expected. */
  readonly ties: number;
  /** Deviations, or other rollouts, that were played to get there. */
  readonly deviations: number;
  /** What it took to find preferences; absent where they follow from rewards. */
  readonly preferences?: PreferenceFigures;
}

/**
 * Where the training signal comes from: what follows for single outputs from how whole episodes went. The update step
 * knows nothing of it but its terms: weighted functions of log-probabilities, each of one agent.
 */
export interface Algorithm {
  /**
   * @param episodes of a round, greedy, judged, with the states of all steps, before anything is learned from them
   * @param search with the adapters that these were played with; what else is played costs what its counters say
   */
  signal(episodes: readonly JudgedEpisode[], search: Search): Promise<Signal>;
  /** What it remembers between rounds; undefined if nothing. */
  state(): Plain | undefined;
  /** Takes over what `state` gave. */
  restore(state: Plain): void;
}
