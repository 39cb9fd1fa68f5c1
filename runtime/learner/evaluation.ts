import type { FlowModule } from "../machine/index.js";
import { permutation } from "../machine/random.js";
import { type JudgedEpisode, type Policy, Search, type Simulator, type Task } from "../search/index.js";
import { mean, meanMetrics } from "./means.js";
import type { Settings } from "./settings.js";
import { apportion, countStrata, firstOf } from "./strata.js";
import { type Totals, totalsOf } from "./totals.js";

/** Tasks played at once, so that memory holds the states of a few episodes at a time. */
const CHUNK = 64;

/** How the flow did on held-out tasks, from which nothing is learned. */
export interface EvaluationReport {
  /** Rounds learned from by then; 0 before any. */
  readonly rounds: number;
  /** Episodes learned from by then. */
  readonly episodes: number;
  /** Held-out tasks that were played, the same each time. */
  readonly tasks: number;
  /** Mean; a task that broke counts as 0. */
  readonly reward: number;
  /** Standard error of the mean reward, over tasks. */
  readonly error: number;
  /** Means over the tasks that did not break. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Whether no evaluation before had as high a reward. */
  readonly best: boolean;
  /** Tasks that broke; absent if none did. */
  readonly lost?: number;
  readonly totals: Readonly<Totals>;
}

/** What is remembered between evaluations; plain JSON. */
export interface EvaluationState {
  /** Of the evaluation with the highest reward, the first of equal ones. */
  readonly best: { readonly rounds: number; readonly reward: number } | null;
  /** Evaluations since. */
  readonly since: number;
}

export interface EvaluationOptions {
  readonly flow: FlowModule;
  readonly policy: Policy;
  readonly heldOut: Simulator;
  readonly settings: Settings;
}

/** Plays held-out tasks from time to time, and says when that has not got better for too long. */
export class Evaluations {
  readonly #options: EvaluationOptions;
  readonly #tasks: readonly Task[];
  #state: EvaluationState = { best: null, since: 0 };

  constructor(options: EvaluationOptions) {
    this.#options = options;
    this.#tasks = chosenTasks(options.heldOut, options.settings);
  }

  /** Whether the run is evaluated after so many rounds. */
  isDue(rounds: number): boolean {
    return rounds % this.#options.settings.evaluation.every === 0;
  }

  /** Whether there have been so many evaluations since the best one that training is to end. */
  get isOver(): boolean {
    const { patience = Number.POSITIVE_INFINITY } = this.#options.settings.evaluation;
    return this.#state.since >= patience;
  }

  /** The best evaluation so far. */
  get best(): EvaluationState["best"] {
    return this.#state.best;
  }

  /** @param tell is told how many of the tasks were played, from 0 to all but the last */
  async evaluate(
    rounds: number,
    episodes: number,
    tell: (done: number, tasks: number) => void = () => {},
  ): Promise<EvaluationReport> {
    const { flow, policy, heldOut, settings } = this.#options;
    const { seed, live_rollouts: live, recheck, effect_seconds: effectSeconds } = settings;
    const onLost = (): void => {};
    const search = new Search({
      flow,
      policy,
      simulator: heldOut,
      seed,
      live,
      recheck,
      effectSeconds,
      onLost,
    });
    const judgements: JudgedEpisode["judgement"][] = [];
    for (let from = 0; from < this.#tasks.length; from += CHUNK) {
      tell(from, this.#tasks.length);
      const plays = this.#tasks.slice(from, from + CHUNK).map((task) => ({ task, epoch: 0 }));
      judgements.push(...(await search.play(plays)).map(({ judgement }) => judgement));
    }
    const tasks = this.#tasks.length;
    const lost = tasks - judgements.length;
    const rewards = [...judgements.map((judgement) => judgement.reward), ...new Array<number>(lost).fill(0)];
    const reward = mean(rewards);
    const isBest = this.#state.best === null || reward > this.#state.best.reward;
    this.#state = isBest
      ? { best: { rounds, reward }, since: 0 }
      : { ...this.#state, since: this.#state.since + 1 };
    return {
      rounds,
      episodes,
      tasks,
      reward,
      error: standardError(rewards),
      metrics: meanMetrics(judgements.map(({ metrics }) => metrics)),
      best: isBest,
      ...(lost === 0 ? {} : { lost }),
      totals: totalsOf(search.counters),
    };
  }

  state(): EvaluationState {
    return this.#state;
  }

  restore(state: EvaluationState): void {
    this.#state = state;
  }
}

/** As many as are asked for, of every kind in the proportion in which there are such; the same in every run of a seed. */
function chosenTasks(simulator: Simulator, { seed, evaluation }: Settings): readonly Task[] {
  const { tasks } = simulator;
  if (evaluation.tasks === "all" || evaluation.tasks >= tasks.length) return tasks;
  const order = permutation(tasks.length, JSON.stringify([seed, "held-out tasks"]));
  const quotas = apportion(evaluation.tasks, countStrata(simulator));
  return firstOf(
    Array.from(order, (i) => tasks[i]!),
    simulator,
    quotas,
  );
}

function standardError(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
