import {
  addCounters,
  type Budget,
  type Counters,
  type Lost,
  newCounters,
  type Policy,
  requireEffects,
  Search,
  type SearchOptions,
} from "../search/index.js";
import { type CreditEpisode, creditEpisodes } from "./episodes.js";

export interface CreditOptions extends Omit<SearchOptions, "onLost"> {
  readonly budget: Budget;
  /** Episodes whose deviations are run together: memory holds the states of so many. Default 16; changes no figure. */
  readonly together?: number;
  /** Ends the work before the policy is asked again; what was finished until then is the result. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of every group of tasks that is done: how many, and their episodes without those that were lost. */
  readonly onDone?: (tasks: number, episodes: readonly CreditEpisode[]) => void;
}

/** Every task's episode with what one-step deviations were worth in it. */
export interface MeasuredCredit {
  /** In the order of the simulator's tasks, without those that were lost. */
  readonly episodes: readonly CreditEpisode[];
  /** Episodes that broke. */
  readonly lostEpisodes: readonly Lost[];
  /** Deviations that broke; they count as not tried. */
  readonly lostDeviations: readonly Lost[];
  readonly counters: Readonly<Counters>;
  /** Whether it was ended by the signal: tasks after those that were finished are neither among these nor lost. */
  readonly interrupted: boolean;
}

/**
 * Plays all tasks of a simulator greedily, and tries other outputs at their choice points. Nothing is asked of the policy
 * but answers, so that it may be any.
 *
 * @throws SearchError if the flow has effects that the simulator does not do
 */
export async function measureCredit(options: CreditOptions): Promise<MeasuredCredit> {
  const { budget, together = 16, onDone, signal, ...given } = options;
  const searching = { ...given, policy: stoppable(given.policy, signal) };
  const { flow, simulator } = searching;
  requireEffects(flow, simulator);
  const episodes: CreditEpisode[] = [];
  const lostEpisodes: Lost[] = [];
  const lostDeviations: Lost[] = [];
  const counters = newCounters();
  const kept = { episodes, lostEpisodes, lostDeviations, counters };
  for (let from = 0; from < simulator.tasks.length; from += together) {
    const broken: Lost[] = [];
    const search = new Search({ ...searching, onLost: (one) => broken.push(one) });
    const tasks = simulator.tasks.slice(from, from + together);
    try {
      const played = await search.play(tasks.map((task) => ({ task, epoch: 0 })));
      const brokenEpisodes = broken.splice(0);
      const done = await creditEpisodes(search, played, budget);
      lostEpisodes.push(...brokenEpisodes);
      lostDeviations.push(...broken);
      addCounters(counters, search.counters);
      episodes.push(...done);
      onDone?.(tasks.length, done);
    } catch (thrown) {
      // What the group has come to so far would count episodes of which not all was tried.
      if (signal?.aborted === true && thrown === signal.reason) return { ...kept, interrupted: true };
      throw thrown;
    }
  }
  return { ...kept, interrupted: false };
}

/** A policy that is not asked any more once the signal is given. */
function stoppable(policy: Policy, signal: AbortSignal | undefined): Policy {
  if (signal === undefined) return policy;
  const { deterministic = true } = policy;
  return {
    deterministic,
    async answer(queries) {
      signal.throwIfAborted();
      return policy.answer(queries);
    },
    version: (agent) => policy.version(agent),
  };
}
