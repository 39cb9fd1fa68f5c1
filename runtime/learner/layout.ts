import type { LanguageModel } from "../policy/language-model.js";
import type { Completion } from "../policy/model/gradient-batches.js";
import type { Scored, Term } from "./trainable.js";

/** What an l is made of. */
type Value = Plain | Choice;

/** One of several, whose l are normalised. */
interface Choice {
  readonly options: readonly Value[];
  readonly index: number;
}

/** The log-odds of one completion against others, or the log-probability of one alone (no others). */
interface Plain {
  readonly of: number;
  readonly against: readonly number[];
  /** Tokens that a log-probability is divided by; 1 for its sum. */
  readonly per: number;
}

/** The completions that some terms are made of, each once, and how the terms are made of them. */
export class Layout {
  readonly completions: Completion[] = [];
  readonly #model: LanguageModel;
  readonly #indices = new Map<string, number>();
  readonly #terms: readonly { readonly chosen: Value; readonly rejected: Value | undefined }[];

  constructor(model: LanguageModel, terms: readonly Term[]) {
    this.#model = model;
    this.#terms = terms.map(({ chosen, rejected }) => ({
      chosen: this.#value(chosen),
      rejected: rejected === undefined ? undefined : this.#value(rejected),
    }));
  }

  /** @param logProbs by completion */
  margins(logProbs: Float64Array): Float64Array {
    const value = (one: Value) => lOf(one, logProbs);
    return Float64Array.from(
      this.#terms,
      ({ chosen, rejected }) => value(chosen) - (rejected === undefined ? 0 : value(rejected)),
    );
  }

  /** Derivative of the loss with respect to each completion's log-probability. */
  coefficients(logProbs: Float64Array, slopes: Float64Array): Float64Array {
    const coefficients = new Float64Array(logProbs.length);
    const add = (index: number, by: number) => {
      coefficients[index] = coefficients[index]! + by;
    };
    const addValue = (value: Value, slope: number): void => {
      if ("options" in value) {
        const { options, index } = value;
        const total = choiceTotal(options, logProbs);
        for (const [i, option] of options.entries())
          addValue(option, slope * ((i === index ? 1 : 0) - Math.exp(lOf(option, logProbs) - total)));
        return;
      }
      const { of, against, per } = value;
      add(of, slope / per);
      if (against.length === 0) return;
      const total = logSumExp(against, logProbs);
      for (const index of against) add(index, -slope * Math.exp(logProbs[index]! - total));
    };
    for (const [i, { chosen, rejected }] of this.#terms.entries()) {
      addValue(chosen, slopes[i]!);
      if (rejected !== undefined) addValue(rejected, -slopes[i]!);
    }
    return coefficients;
  }

  #value(scored: Scored): Value {
    if (scored.kind === "choice") {
      return { options: scored.options.map((option) => this.#value(option)), index: scored.index };
    }
    const prompt = this.#model.promptIds(scored.request);
    const label = (name: string) => this.#completion(prompt, this.#model.labelIds(name));
    switch (scored.kind) {
      case "text":
        return {
          of: this.#completion(prompt, scored.ids),
          against: [],
          per: scored.perToken === true ? Math.max(1, scored.ids.length) : 1,
        };
      case "label":
        return { of: label(scored.label), against: [], per: 1 };
      case "candidate": {
        const { ask } = scored.request;
        if (ask.kind !== "score") throw new RangeError(`${scored.request.id} does not score a candidate`);
        const others = ask.labels.filter((name) => name !== ask.label);
        return { of: label(ask.label), against: others.map(label), per: 1 };
      }
    }
  }

  #completion(prompt: readonly number[], ids: readonly number[]): number {
    const key = `${prompt.join()}|${ids.join()}`;
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    const index = this.completions.push({ prompt, ids }) - 1;
    this.#indices.set(key, index);
    return index;
  }
}

function lOf(value: Value, logProbs: Float64Array): number {
  if ("options" in value) {
    const { options, index } = value;
    return lOf(options[index]!, logProbs) - choiceTotal(options, logProbs);
  }
  const { of, against, per } = value;
  return logProbs[of]! / per - (against.length === 0 ? 0 : logSumExp(against, logProbs));
}

/** log of the summed exp(l) of several. */
function choiceTotal(options: readonly Value[], logProbs: Float64Array): number {
  const values = Float64Array.from(options, (option) => lOf(option, logProbs));
  return logSumExp([...values.keys()], values);
}

function logSumExp(indices: readonly number[], logProbs: Float64Array): number {
  const top = Math.max(...indices.map((i) => logProbs[i]!));
  return top + Math.log(indices.reduce((sum, i) => sum + Math.exp(logProbs[i]! - top), 0));
}
