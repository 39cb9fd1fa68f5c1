import type { JudgedEpisode } from "../../search/index.js";
import type { Algorithm, Signal } from "../algorithm.js";
import type { SingleSampleSettings } from "../algorithm-settings.js";
import { type Credit, callsOf, logProbTerm, signalOf, unpairedTerm } from "../baselines/credit.js";
import { SiteBaselines } from "../baselines/site-baselines.js";
import type { LossTerm } from "../loss.js";
import type { Settings } from "../settings.js";
import { drawnWith } from "./drawn-with.js";
import type { LoggedEpisodes } from "./logged-episodes.js";

/**
 * Learns from one outcome of each input that somebody has logged. What an outcome is compared with is the mean over all
 * other episodes of the file with a call of that site.
 */
export class LoggedSample implements Algorithm {
  readonly #settings: Settings;
  readonly #own: SingleSampleSettings;
  readonly #agents: ReadonlySet<string>;
  readonly #logged: LoggedEpisodes;
  /** By how much each call's reward was more than could be expected, by episode. */
  readonly #advantages: readonly (readonly number[])[];

  constructor(
    settings: Settings,
    own: SingleSampleSettings,
    agents: readonly string[],
    logged: LoggedEpisodes,
  ) {
    this.#settings = settings;
    this.#own = own;
    this.#agents = new Set(agents);
    this.#logged = logged;
    this.#advantages = advantagesOf(logged, own.by_stratum);
  }

  async signal(episodes: readonly JudgedEpisode[]): Promise<Signal> {
    const { loss, kl } = this.#own;
    const beta = kl ? this.#settings.beta : 0;
    const credits = episodes.flatMap(({ episode }) => {
      const advantages = this.#advantages[this.#logged.indexOf(episode)]!;
      return callsOf(episode, this.#agents).map(
        (step, i): Credit => ({
          ...{ episode, step, advantage: advantages[i]! },
          ...{ share: 1 / episodes.length, probability: 1 },
        }),
      );
    });
    return signalOf(credits, 0, loss === "kto" ? unpairedTerm : (credit) => this.#weighed(credit, beta));
  }

  #weighed(credit: Credit, kl: number): LossTerm | undefined {
    if (credit.advantage === 0 && kl === 0) return undefined;
    const importance = { drawn: drawnWith(credit.step)!, cap: this.#own.ratio_cap };
    return { ...logProbTerm(credit, kl), importance };
  }

  state(): undefined {
    return undefined;
  }

  restore(): void {}
}

function advantagesOf({ episodes }: LoggedEpisodes, byStratum: boolean): readonly (readonly number[])[] {
  const calls = episodes.flatMap(({ sites, stratum, reward }, episode) =>
    sites.map((site) => ({
      site: byStratum ? JSON.stringify([site, stratum ?? null]) : site,
      episode,
      reward,
    })),
  );
  const expected = new SiteBaselines(1).take(calls);
  const advantages: number[][] = episodes.map(() => []);
  for (const [i, { episode, reward }] of calls.entries())
    advantages[episode]!.push(reward - (expected[i] ?? reward));
  return advantages;
}
