import type { JudgedEpisode, Search } from "../../search/index.js";
import type { Algorithm, Signal } from "../algorithm.js";
import type { EpisodeCreditSettings } from "../algorithm-settings.js";
import { mean } from "../means.js";
import type { Settings } from "../settings.js";
import { type Credit, callsOf, policyGradient, samplingOf } from "./credit.js";

/**
 * Whole-episode credit: of every task a group of episodes is drawn, and every call of an episode gets the episode's reward
 * less the group's mean (REINFORCE with a group baseline, as GRPO does for programs in DSPy).
 */
export class EpisodeCredit implements Algorithm {
  readonly #settings: Settings;
  readonly #own: EpisodeCreditSettings;
  readonly #agents: ReadonlySet<string>;

  constructor(settings: Settings, own: EpisodeCreditSettings, agents: readonly string[]) {
    this.#settings = settings;
    this.#own = own;
    this.#agents = new Set(agents);
  }

  async signal(episodes: readonly JudgedEpisode[], search: Search): Promise<Signal> {
    const { group, standardize, kl } = this.#own;
    const plays = episodes.flatMap(({ episode: { task, epoch } }) =>
      Array.from({ length: group }, (_, sample) => ({
        task,
        epoch,
        sampling: samplingOf(this.#settings, sample),
      })),
    );
    const drawn = await search.play(plays);
    // Those that were lost leave a smaller group behind.
    const groups = episodes.map((_, i) => drawn.filter(({ play }) => Math.floor(play / group) === i));
    const credits = groups.flatMap((members) => this.#credits(members, drawn.length, standardize));
    return policyGradient(credits, kl ? this.#settings.beta : 0, drawn.length);
  }

  #credits(members: readonly JudgedEpisode[], all: number, standardize: boolean): readonly Credit[] {
    const rewards = members.map(({ judgement }) => judgement.reward);
    const baseline = mean(rewards);
    const spread = Math.sqrt(mean(rewards.map((reward) => (reward - baseline) ** 2)));
    const unit = standardize && spread > 0 ? spread : 1;
    return members.flatMap(({ episode, judgement }) => {
      const advantage = (judgement.reward - baseline) / unit;
      return callsOf(episode, this.#agents).map(
        (step): Credit => ({ episode, step, advantage, share: 1 / all, probability: 1 }),
      );
    });
  }

  state(): undefined {
    return undefined;
  }

  restore(): void {}
}
