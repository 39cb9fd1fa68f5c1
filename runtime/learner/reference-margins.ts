import type { Term, Trainable } from "./trainable.js";

/**
 * Margins under the reference, computed once per term and version of the reference. They are always computed with
 * the reference itself: what generation said about an output's log-probability never stands in for it.
 */
export class ReferenceMargins {
  readonly #trainable: Trainable;
  readonly #known = new WeakMap<Term, { readonly version: string; readonly margin: number }>();

  constructor(trainable: Trainable) {
    this.#trainable = trainable;
  }

  /** In the order of the terms, which are all of one agent. */
  async of(agent: string, terms: readonly Term[]): Promise<Float64Array> {
    const version = this.#trainable.referenceVersion(agent);
    const missing = terms.filter((term) => this.#known.get(term)?.version !== version);
    if (missing.length > 0) {
      const margins = await this.#trainable.margins(agent, missing, "reference");
      for (const [i, term] of missing.entries()) this.#known.set(term, { version, margin: margins[i]! });
    }
    return Float64Array.from(terms, (term) => this.#known.get(term)!.margin);
  }
}
