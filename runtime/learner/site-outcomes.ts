import { choiceAt, type Deviation } from "../search/index.js";

/** Of one site: choice points at which something else was tried, and those of them where that made a difference. */
export type SiteOutcome = readonly [tried: number, changed: number];

/** What a site gets at least of the share of the one that is tried most. */
const LEAST = 0.1;

/**
 * Remembers at which sites other outputs have made a difference, so that what is tried is tried where it tells most.
 * With tried + 2 and changed + 1 in place of the counts a site is believed in until it has been looked at, and none is
 * given up.
 */
export class SiteOutcomes {
  #sites = new Map<string, SiteOutcome>();

  /**
   * Takes one round in.
   * @param differences by how much each deviation is better than the episode as it was
   */
  add(deviations: readonly Deviation[], differences: readonly number[]): void {
    const points = new Map<string, { readonly site: string; changed: boolean }>();
    for (const [i, { episode, step }] of deviations.entries()) {
      const { site, point } = choiceAt(episode, step);
      const key = JSON.stringify([episode.task.id, episode.epoch, point]);
      const known = points.get(key) ?? { site, changed: false };
      known.changed ||= differences[i] !== 0;
      points.set(key, known);
    }
    for (const { site, changed } of points.values()) {
      const [tried, before] = this.#sites.get(site) ?? [0, 0];
      this.#sites.set(site, [tried + 1, before + (changed ? 1 : 0)]);
    }
  }

  /** What each site gets of the share, the best one all of it. */
  shares(): ReadonlyMap<string, number> {
    const rates = [...this.#sites].map(
      ([site, [tried, changed]]) => [site, (changed + 1) / (tried + 2)] as const,
    );
    const best = Math.max(0, ...rates.map(([, rate]) => rate));
    return new Map(rates.map(([site, rate]) => [site, Math.max(LEAST, rate / best)]));
  }

  /** Plain JSON, in the order in which sites were first seen. */
  state(): readonly (readonly [string, SiteOutcome])[] {
    return [...this.#sites];
  }

  restore(state: readonly (readonly [string, SiteOutcome])[]): void {
    this.#sites = new Map(state);
  }
}
