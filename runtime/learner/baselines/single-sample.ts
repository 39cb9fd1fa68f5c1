import type { Plain } from "../../record/index.js";
import type { JudgedEpisode, Search, Simulator } from "../../search/index.js";
import type { Algorithm, Signal } from "../algorithm.js";
import type { SingleSampleSettings } from "../algorithm-settings.js";
import type { Settings } from "../settings.js";
import { type Credit, callsOf, policyGradient, samplingOf, signalOf, unpairedTerm } from "./credit.js";
import { type SiteBaseline, SiteBaselines } from "./site-baselines.js";

/**
 * Learns from one outcome of each input: nothing is played a second time, so nothing needs to be simulated. What an outcome
 * is compared with is learned, site by site.
 */
export class SingleSample implements Algorithm {
  readonly #settings: Settings;
  readonly #own: SingleSampleSettings;
  readonly #agents: ReadonlySet<string>;
  readonly #strata: Pick<Simulator, "stratum">;
  readonly #baselines: SiteBaselines;

  constructor(
    settings: Settings,
    own: SingleSampleSettings,
    agents: readonly string[],
    strata: Pick<Simulator, "stratum">,
  ) {
    this.#settings = settings;
    this.#own = own;
    this.#agents = new Set(agents);
    this.#strata = strata;
    this.#baselines = new SiteBaselines(own.decay);
  }

  async signal(greedy: readonly JudgedEpisode[], search: Search): Promise<Signal> {
    const sampling = samplingOf(this.#settings, 0);
    const episodes = await search.play(
      greedy.map(({ episode: { task, epoch } }) => ({ task, epoch, sampling })),
    );
    const calls = episodes.flatMap(({ episode, judgement: { reward } }, i) =>
      callsOf(episode, this.#agents).map((step) => ({
        episode,
        step,
        call: { site: this.#siteOf(step.site, episode), episode: i, reward },
      })),
    );
    const expected = this.#baselines.take(calls.map(({ call }) => call));
    const credits = calls.map(({ episode, step, call }, i): Credit => {
      const advantage = call.reward - (expected[i] ?? call.reward);
      return { episode, step, advantage, share: 1 / episodes.length, probability: 1 };
    });
    const { loss, kl } = this.#own;
    if (loss === "reinforce") return policyGradient(credits, kl ? this.#settings.beta : 0, episodes.length);
    return signalOf(credits, episodes.length, unpairedTerm);
  }

  #siteOf(site: string, { task }: JudgedEpisode["episode"]): string {
    if (!this.#own.by_stratum) return site;
    return JSON.stringify([site, this.#strata.stratum?.(task) ?? null]);
  }

  state(): Plain {
    return this.#baselines.state() as unknown as Plain;
  }

  restore(state: Plain): void {
    this.#baselines.restore(state as unknown as readonly (readonly [string, SiteBaseline])[]);
  }
}
