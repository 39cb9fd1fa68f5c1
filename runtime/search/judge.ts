import type { Json } from "../machine/index.js";
import type { Counters } from "./counters.js";
import type { Step } from "./episode.js";
import { SearchError } from "./error.js";
import type { Judgement, Simulator, Task } from "./ports/simulator.js";

/** What a judge may read. */
export interface Judged {
  readonly result: Json;
  /** The state of the effects, if the flow has some. */
  readonly world?: Json;
  /** All steps of the episode. Made only for a judge that reads them. */
  readonly steps: () => readonly Step[];
}

/** Of what nobody was asked about, or had no answer to. */
export const UNJUDGED: Judgement = { reward: Number.NaN, metrics: {} };

/** Asks a simulator what episodes are worth, once per distinct thing that it reads of a task. */
export class Judge {
  readonly #simulator: Simulator;
  readonly #counters: Counters;
  readonly #known = new Map<string, Judgement>();

  constructor(simulator: Simulator, counters: Counters) {
    this.#simulator = simulator;
    this.#counters = counters;
  }

  /** @throws SearchError if the simulator fails, or its reward is not finite */
  judge(task: Task, judged: Judged): Judgement {
    const { result, world } = judged;
    const steps = this.#simulator.reads === "episode" ? judged.steps() : undefined;
    const key = JSON.stringify([task.id, result, world, steps?.map(({ point, reply }) => [point, reply])]);
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.#counters.judgeSaved += 1;
      return known;
    }
    const judgement = this.#ask(task, result, world, steps);
    this.#known.set(key, judgement);
    this.#counters.judged += 1;
    return judgement;
  }

  /** The same for people to look at, where nothing depends on it: without an answer the reward is not a number. */
  monitor(task: Task, judged: Judged): Judgement {
    try {
      return this.judge(task, judged);
    } catch (thrown) {
      if (thrown instanceof SearchError) return UNJUDGED;
      throw thrown;
    }
  }

  #ask(task: Task, result: Json, world: Json | undefined, steps: readonly Step[] | undefined): Judgement {
    let judgement: Judgement;
    try {
      judgement = this.#simulator.judge(task, result, world, steps);
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new SearchError(`the simulator failed to judge a result: ${what}`, task.id, undefined, cause);
    }
    if (!Number.isFinite(judgement.reward)) {
      throw new SearchError(`the simulator's reward is ${judgement.reward}, which is not finite`, task.id);
    }
    return judgement;
  }
}
