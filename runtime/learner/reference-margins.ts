import type { Pair } from "./pairs.js";
import type { Trainable } from "./trainable.js";

/**
 * Margins under the reference, computed once per pair and version of the reference. They are always computed with
 * the reference itself: what generation said about an output's log-probability never stands in for it.
 */
export class ReferenceMargins {
  readonly #trainable: Trainable;
  readonly #known = new WeakMap<Pair, { readonly version: string; readonly margin: number }>();

  constructor(trainable: Trainable) {
    this.#trainable = trainable;
  }

  /** In the order of the pairs, which are all of one agent. */
  async of(agent: string, pairs: readonly Pair[]): Promise<Float64Array> {
    const version = this.#trainable.referenceVersion(agent);
    const missing = pairs.filter((pair) => this.#known.get(pair)?.version !== version);
    if (missing.length > 0) {
      const margins = await this.#trainable.margins(agent, missing, "reference");
      for (const [i, pair] of missing.entries()) this.#known.set(pair, { version, margin: margins[i]! });
    }
    return Float64Array.from(pairs, (pair) => this.#known.get(pair)!.margin);
  }
}
