/** A prompt and an output after it, as token ids; both have at least one token. */
export interface Completion {
  readonly prompt: readonly number[];
  readonly ids: readonly number[];
}

/** Completions that belong into one pass, each with its weight in the sum. */
export interface GradientBatch {
  readonly completions: readonly Completion[];
  readonly coefficients: readonly number[];
  /** That of all of them, see `ropeRegime`. */
  readonly regime: number;
}

/** Rows of one pass at most, unless one prompt with its completions has more. */
const PASS_ROWS = 768;

/**
 * Splits a sum over completions into batches of one pass each. They depend on the completions alone, so that
 * gradients can be computed anywhere and added up in order to the same bits. Completions of one prompt stay together;
 * those of weight 0 are left out. Sequences of different regimes need passes of their own.
 *
 * @param regimeAt the regime of a sequence by its length
 */
export function gradientBatches(
  completions: readonly Completion[],
  coefficients: ArrayLike<number>,
  regimeAt: (length: number) => number,
): readonly GradientBatch[] {
  const regimes = completions.map(({ prompt, ids }) => regimeAt(prompt.length + ids.length));
  return [...new Set(regimes)].flatMap((regime) => batchesOf(regime, regimes, completions, coefficients));
}

function batchesOf(
  regime: number,
  regimes: readonly number[],
  completions: readonly Completion[],
  coefficients: ArrayLike<number>,
): readonly GradientBatch[] {
  const batches: { completions: Completion[]; coefficients: number[]; regime: number }[] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const indices of byPrompt(completions)) {
    const kept = indices.filter((i) => coefficients[i] !== 0 && regimes[i] === regime);
    if (kept.length === 0) continue;
    const outputs = kept.reduce((n, i) => n + completions[i]!.ids.length - 1, 0);
    const size = completions[kept[0]!]!.prompt.length + outputs;
    if (rows + size > PASS_ROWS) {
      batches.push({ completions: [], coefficients: [], regime });
      rows = 0;
    }
    rows += size;
    const batch = batches[batches.length - 1]!;
    for (const i of kept) {
      batch.completions.push(completions[i]!);
      batch.coefficients.push(coefficients[i]!);
    }
  }
  return batches;
}

/** Indices of the completions of each prompt, in order of first occurrence. */
export function byPrompt(completions: readonly Completion[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [i, { prompt }] of completions.entries()) {
    const key = prompt.join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
  }
  return [...groups.values()];
}
