/** A tokenised example: what the model reads, and what it is to write. */
export interface Sequence {
  readonly prompt: readonly number[];
  /** Ends with the end token. */
  readonly completion: readonly number[];
  /** Whether the completion is a label, whose one token must not drown among the words of texts. */
  readonly isLabel: boolean;
}

/** Sequences one after another, without padding; targets are the tokens that bear loss. */
export interface Batch {
  /** Tokens of each sequence. */
  readonly lengths: readonly number[];
  /** Token ids of all sequences. */
  readonly ids: Int32Array;
  /** Places in `ids` whose next token is a target, ascending. */
  readonly places: Int32Array;
  readonly targets: Int32Array;
  readonly lossWeights: Float32Array;
  /** Index of the sequence that each target belongs to. */
  readonly owners: Int32Array;
}

/** Loss weights by the kind of token; tokens of weight 0 are no targets. */
export interface LossWeights {
  readonly prompt: number;
  /** Of texts, and of the end token after a label. */
  readonly text: number;
  readonly label: number;
}

/** One batch of the given sequences. */
export function makeBatch(sequences: readonly Sequence[], weights: LossWeights): Batch {
  const ids: number[] = [];
  const lengths: number[] = [];
  const places: number[] = [];
  const targets: number[] = [];
  const lossWeights: number[] = [];
  const owners: number[] = [];
  sequences.forEach(({ prompt, completion, isLabel }, owner) => {
    const start = ids.length;
    ids.push(...prompt, ...completion);
    lengths.push(prompt.length + completion.length);
    for (let place = start; place + 1 < ids.length; place++) {
      const at = place + 1 - start - prompt.length;
      const weight = at < 0 ? weights.prompt : at === 0 && isLabel ? weights.label : weights.text;
      if (weight === 0) continue;
      places.push(place);
      targets.push(ids[place + 1]!);
      lossWeights.push(weight);
      owners.push(owner);
    }
  });
  return {
    lengths,
    ids: Int32Array.from(ids),
    places: Int32Array.from(places),
    targets: Int32Array.from(targets),
    lossWeights: Float32Array.from(lossWeights),
    owners: Int32Array.from(owners),
  };
}
