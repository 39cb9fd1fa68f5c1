import {
  addCounters,
  type Budget,
  type Counters,
  type Lost,
  newCounters,
  requireEffects,
  Search,
  type SearchOptions,
} from "../search/index.js";
import { type CreditEpisode, creditEpisodes } from "./episodes.js";

export interface CreditOptions extends Omit<SearchOptions, "onLost"> {
  readonly budget: Budget;
  /** Episodes whose deviations are run together: memory holds the states of so many. Default 16; changes no figure. */
  readonly together?: number;
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
}

/**
 * Plays all tasks of a simulator greedily, and tries other outputs at their choice points. Nothing is asked of the policy
 * but answers, so that it may be any.
 *
 * @throws SearchError if the flow has effects that the simulator does not do
 */
export async function measureCredit(options: CreditOptions): Promise<MeasuredCredit> {
  const { budget, together = 16, onDone, ...searching } = options;
  const { flow, simulator } = searching;
  requireEffects(flow, simulator);
  const episodes: CreditEpisode[] = [];
  const lostEpisodes: Lost[] = [];
  const lostDeviations: Lost[] = [];
  const counters = newCounters();
  for (let from = 0; from < simulator.tasks.length; from += together) {
    let lost = lostEpisodes;
    const search = new Search({ ...searching, onLost: (one) => lost.push(one) });
    const tasks = simulator.tasks.slice(from, from + together);
    const played = await search.play(tasks.map((task) => ({ task, epoch: 0 })));
    lost = lostDeviations;
    const done = await creditEpisodes(search, played, budget);
    addCounters(counters, search.counters);
    episodes.push(...done);
    onDone?.(tasks.length, done);
  }
  return { episodes, lostEpisodes, lostDeviations, counters };
}
