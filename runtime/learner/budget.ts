import type { Budget } from "../search/index.js";
import type { Settings } from "./settings.js";

/** What a run's settings let the search try. */
export function budgetOf({ alternatives, temperature, top_k, top_p }: Settings): Budget {
  const { generate, choose, pick, share } = alternatives;
  const {
    count,
    method = "sample",
    draws = alternatives.draws,
    diversity = 1,
  } = typeof generate === "number" ? { count: generate } : generate;
  const limit = (value: number | "all") => (value === "all" ? Number.POSITIVE_INFINITY : value);
  return {
    generate: count,
    method,
    draws,
    diversity,
    choose: limit(choose),
    pick: limit(pick),
    share,
    temperature,
    topK: top_k,
    topP: top_p,
  };
}
