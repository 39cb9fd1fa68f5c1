import type { FlowModule } from "../machine/index.js";
import { type JudgedEpisode, type Lost, type Policy, Search, type Simulator } from "../search/index.js";
import type { Algorithm } from "./algorithm.js";
import { Curriculum } from "./curriculum.js";
import type { Experience, Taken } from "./experience.js";
import type { Settings } from "./settings.js";
import type { Counts } from "./strata.js";

export interface PlayingOptions {
  readonly flow: FlowModule;
  readonly simulator: Simulator;
  readonly policy: Policy;
  readonly settings: Settings;
  /** Tasks of each kind in an epoch; all tasks if undefined. */
  readonly quotas: Counts | undefined;
  readonly algorithm: Algorithm;
  /** Is told of everything that breaks where something is learned. */
  readonly onLost: (round: number, lost: Lost) => void;
}

/** Episodes that are played with what was learned up to their round: a simulator's tasks, greedily. */
export class Playing implements Experience {
  readonly #options: PlayingOptions;
  readonly #curriculum: Curriculum;

  /** @throws RangeError if no task is played */
  constructor(options: PlayingOptions) {
    const { simulator, settings, quotas } = options;
    this.#options = options;
    this.#curriculum = new Curriculum(simulator, settings.seed, quotas);
  }

  async take(round: number, from: number, to: number): Promise<Taken> {
    const lost: Lost[] = [];
    const search = this.#search((one) => {
      lost.push(one);
      this.#options.onLost(round, one);
    });
    const episodes = await search.play(this.#curriculum.plays(from, to));
    // Nothing is learned from a round of which nothing is left, nor will it be from the next.
    if (episodes.length === 0) throw lost[0]!.error;
    const { counters } = search;
    return { episodes, signal: () => this.#options.algorithm.signal(episodes, search), counters, lost };
  }

  async again(count: number): Promise<readonly JudgedEpisode[]> {
    return this.#search(() => {}).play(this.#curriculum.plays(0, count));
  }

  #search(onLost: (one: Lost) => void): Search {
    const { flow, policy, simulator, settings } = this.#options;
    const { seed, live_rollouts: live, recheck, effect_seconds: effectSeconds } = settings;
    // Rewards are there to be looked at alone where preferences come from elsewhere.
    const judging = settings.preferences.kind === "reward" ? "reward" : "monitoring";
    return new Search({ flow, policy, simulator, judging, seed, live, recheck, effectSeconds, onLost });
  }
}
