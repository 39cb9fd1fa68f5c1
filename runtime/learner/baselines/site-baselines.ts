/** Rewards that came after calls of one site: their weighted sum, and the sum of the weights. */
export type SiteBaseline = readonly [sum: number, weight: number];

/** A call of a site, by the number of its episode in the round, and the reward that came after it. */
export interface SiteCall {
  readonly site: string;
  readonly episode: number;
  readonly reward: number;
}

/**
 * What can be expected after a call of a site: the mean reward after its calls in other episodes, of this round and of
 * those before, which count less from round to round. The call's own episode is not in it, so what is learned from the
 * difference stays unbiased.
 */
export class SiteBaselines {
  readonly #decay: number;
  #sites = new Map<string, SiteBaseline>();

  /** @param decay what a reward counts after another round, in (0, 1] */
  constructor(decay: number) {
    this.#decay = decay;
  }

  /** Takes a round in. @returns by call what could be expected after it; undefined where nothing was known */
  take(calls: readonly SiteCall[]): readonly (number | undefined)[] {
    const all = new Map<string, SiteBaseline>();
    const own = new Map<string, SiteBaseline>();
    for (const { site, episode, reward } of calls) {
      for (const [sums, key] of [
        [all, site],
        [own, ownKey(site, episode)],
      ] as const) {
        const [sum, weight] = sums.get(key) ?? [0, 0];
        sums.set(key, [sum + reward, weight + 1]);
      }
    }
    const expected = calls.map(({ site, episode }) => {
      const [before, beforeWeight] = this.#sites.get(site) ?? [0, 0];
      const [sum, weight] = all.get(site)!;
      const [ownSum, ownWeight] = own.get(ownKey(site, episode))!;
      const others = beforeWeight + weight - ownWeight;
      return others === 0 ? undefined : (before + sum - ownSum) / others;
    });
    for (const site of new Set([...this.#sites.keys(), ...all.keys()])) {
      const [before, beforeWeight] = this.#sites.get(site) ?? [0, 0];
      const [sum, weight] = all.get(site) ?? [0, 0];
      this.#sites.set(site, [this.#decay * (before + sum), this.#decay * (beforeWeight + weight)]);
    }
    return expected;
  }

  /** Plain JSON, in the order in which sites were first seen. */
  state(): readonly (readonly [string, SiteBaseline])[] {
    return [...this.#sites];
  }

  restore(state: readonly (readonly [string, SiteBaseline])[]): void {
    this.#sites = new Map(state);
  }
}

function ownKey(site: string, episode: number): string {
  return `${episode} ${site}`;
}
