/** What a search asked of its policy and its judge, and what it did not have to ask. One call = one rendered prompt. */
export interface Counters {
  /** Calls that the policy answered. */
  calls: number;
  /** Calls before a fork, which re-running every deviation from the start would repeat. */
  savedByPrefix: number;
  /** Calls whose answer was known, or asked by another rollout in the same wave. */
  savedByMemo: number;
  /** Calls of endings that were taken over from a rollout which reached the same state before. */
  savedByRejoin: number;
  /** Prompt tokens run through the model. */
  prefilled: number;
  /** Prompt tokens taken from the model's cache. */
  reused: number;
  /** Output tokens run through the model. */
  decoded: number;
  judged: number;
  /** Judgements of a result that was judged before. */
  judgeSaved: number;
  /** Effects that the simulator did; absent of a flow without effects, as is the next. */
  effects?: number;
  /** Pure effects whose result was known. */
  savedEffects?: number;
}

export function newCounters(): Counters {
  return {
    calls: 0,
    savedByPrefix: 0,
    savedByMemo: 0,
    savedByRejoin: 0,
    prefilled: 0,
    reused: 0,
    decoded: 0,
    judged: 0,
    judgeSaved: 0,
  };
}

/** Adds `more` to `sum`, in place. */
export function addCounters(sum: Counters, more: Readonly<Counters>): void {
  for (const name of Object.keys(more) as (keyof Counters)[])
    sum[name] = (sum[name] ?? 0) + (more[name] ?? 0);
}
