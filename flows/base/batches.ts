import type { KeyedRandom } from "../data/random.js";
import { PAD_ID } from "./tokenizer-files.js";

/** A tokenised example: what the model reads, and what it is to write. */
export interface Sequence {
  readonly prompt: readonly number[];
  /** Ends with the end token. */
  readonly completion: readonly number[];
  /** Whether the completion is a label, whose one token must not drown among the words of texts. */
  readonly isLabel: boolean;
}

/** Sequences side by side, padded on the right; targets are the tokens that bear loss. */
export interface Batch {
  readonly rows: number;
  readonly length: number;
  /** Token ids, `[rows, length]`. */
  readonly ids: Int32Array;
  /** Flat positions into `[rows, length]` whose next token is a target. */
  readonly positions: Int32Array;
  readonly targets: Int32Array;
  readonly lossWeights: Float32Array;
  /** Tokens without padding. */
  readonly tokens: number;
}

/** Loss weights by the kind of token. */
export interface LossWeights {
  readonly prompt: number;
  readonly text: number;
  readonly label: number;
}

/**
 * Cuts sequences into batches of about `tokensPerBatch` tokens, padding included: sorted by length, so that
 * padding is rare; the batches then come in random order.
 */
export function makeBatches(
  sequences: readonly Sequence[],
  tokensPerBatch: number,
  weights: LossWeights,
  random: KeyedRandom,
): Batch[] {
  const length = (s: Sequence) => s.prompt.length + s.completion.length;
  const sorted = [...sequences].sort((a, b) => length(a) - length(b));
  const groups: Sequence[][] = [];
  let group: Sequence[] = [];
  for (const sequence of sorted) {
    if (group.length > 0 && (group.length + 1) * length(sequence) > tokensPerBatch) {
      groups.push(group);
      group = [];
    }
    group.push(sequence);
  }
  if (group.length > 0) groups.push(group);
  return random.shuffle(groups).map((sequencesOfBatch) => makeBatch(sequencesOfBatch, weights));
}

/** One batch of the given sequences; tokens of weight 0 are no targets. */
export function makeBatch(sequences: readonly Sequence[], weights: LossWeights): Batch {
  const length = Math.max(...sequences.map((s) => s.prompt.length + s.completion.length));
  const ids = new Int32Array(sequences.length * length).fill(PAD_ID);
  const positions: number[] = [];
  const targets: number[] = [];
  const lossWeights: number[] = [];
  let tokens = 0;
  sequences.forEach(({ prompt, completion, isLabel }, row) => {
    const all = [...prompt, ...completion];
    ids.set(all, row * length);
    tokens += all.length;
    for (let at = 1; at < all.length; at++) {
      const isFirst = at === prompt.length;
      const weight = at < prompt.length ? weights.prompt : isLabel && isFirst ? weights.label : weights.text;
      if (weight === 0) continue;
      positions.push(row * length + at - 1);
      targets.push(all[at]!);
      lossWeights.push(weight);
    }
  });
  return {
    rows: sequences.length,
    length,
    ids,
    positions: Int32Array.from(positions),
    targets: Int32Array.from(targets),
    lossWeights: Float32Array.from(lossWeights),
    tokens,
  };
}
