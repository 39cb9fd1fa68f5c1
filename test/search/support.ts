import { createHash } from "node:crypto";
import { TabularPolicy } from "../../runtime/learner/index.js";
import { type Policy, Search, type SearchOptions } from "../../runtime/search/index.js";
import type { World } from "../fixtures/machines/flows.js";

/** A policy of arbitrary but fixed opinions, and a bias on top; another seed, other opinions. */
export function opinionated(
  world: World,
  seed: number,
  bias: (agent: string, output: string) => number = () => 0,
): TabularPolicy {
  return new TabularPolicy({
    agents: world.flow.agents,
    texts: world.texts,
    initial: (agent, { system, user }, output) => {
      const digest = createHash("sha256")
        .update(JSON.stringify([seed, agent, system, user, output]))
        .digest();
      return digest.readUInt32BE() / 2 ** 31 - 1 + bias(agent, output);
    },
  });
}

export function searchOf(world: World, policy: Policy, options: Partial<SearchOptions> = {}): Search {
  return new Search({ flow: world.flow, simulator: world.simulator, policy, seed: 1, live: 8, ...options });
}

export const everything = {
  generate: 100,
  draws: 200,
  choose: Number.POSITIVE_INFINITY,
  pick: Number.POSITIVE_INFINITY,
  temperature: 2,
  topP: 1,
  share: 1,
};

/** Counts how often it is asked, and in what batches. */
export function counted(policy: Policy): Policy & { readonly batches: number[] } {
  const batches: number[] = [];
  const { deterministic = true } = policy;
  return {
    batches,
    deterministic,
    answer: (queries) => {
      batches.push(queries.length);
      return policy.answer(queries);
    },
    version: (agent) => policy.version(agent),
  };
}
