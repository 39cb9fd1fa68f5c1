import type { Counters } from "../search/index.js";

/**
 * What a search did, as far as it is a function of the run: which of a prompt's tokens came from the model's cache
 * is not, since a resumed run begins with an empty one.
 */
export interface Totals {
  calls: number;
  savedByPrefix: number;
  savedByMemo: number;
  savedByRejoin: number;
  /** Prompt tokens of the calls, from the model's cache or not. */
  prompted: number;
  decoded: number;
  /**
   * Of a training: tokens that went through the model in rollouts, where what prompts begin with in common counts once,
   * and in learning from them. Their sum is what `tokens` of the settings bounds.
   */
  processed?: number;
  learned?: number;
  judged: number;
  judgeSaved: number;
  /** Of a flow with effects: those that the simulator did, and those whose result was known. */
  effects?: number;
  savedEffects?: number;
}

export function totalsOf({ prefilled, reused, ...rest }: Readonly<Counters>): Totals {
  return { ...rest, prompted: prefilled + reused };
}

/** Tokens that went through the model, in rollouts and in learning. */
export function tokensOf({ processed = 0, learned = 0 }: Readonly<Totals>): number {
  return processed + learned;
}

/** Adds `more` to `sum`, in place. */
export function addTotals(sum: Totals, more: Readonly<Totals>): void {
  for (const name of Object.keys(more) as (keyof Totals)[]) sum[name] = (sum[name] ?? 0) + (more[name] ?? 0);
}
