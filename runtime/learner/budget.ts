import type { Budget } from "../search/index.js";
import type { Settings } from "./settings.js";

/**
 * What a run's settings let the search try.
 * @param shareAt what single sites get of the share of choice points, see `SiteOutcomes`
 */
export function budgetOf(
  { alternatives, temperature, top_k, top_p }: Settings,
  shareAt?: ReadonlyMap<string, number>,
): Budget {
  const { generate, choose, pick, share, tokens_per_episode: tokensPerEpisode } = alternatives;
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
    ...(shareAt === undefined ? {} : { shareAt }),
    ...(tokensPerEpisode === undefined ? {} : { tokensPerEpisode }),
    temperature,
    topK: top_k,
    topP: top_p,
  };
}
