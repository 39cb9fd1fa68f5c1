import type { FlowModule } from "../../machine/index.js";
import { type Outcome, type Search, SearchError, type Simulator, type Verdict } from "../../search/index.js";
import { Evaluator, type EvaluatorOptions } from "./evaluator.js";
import { outputOf, Reading, type Reads } from "./reading.js";
import type { PreferenceFigures, Way } from "./source.js";

/** Under which names a comparator reads each of the two. */
export const SIDES = [
  { result: "first_result", steps: "first_steps" },
  { result: "second_result", steps: "second_steps" },
] as const satisfies readonly [Reads, Reads];

/** Whoever compares two episodes, in a given order. */
export interface Referee {
  /** Names all that is read of one: what is the same to it is not compared. */
  key(way: Way): string;
  /** In the order of the pairs; undefined where the comparison broke. */
  ask(pairs: readonly (readonly [Way, Way])[]): Promise<readonly (Verdict | undefined)[]>;
  figures(): Omit<PreferenceFigures, "disagreed">;
}

/** +1 for the second, -1 for the first. */
export const SIGN = { first: -1, second: 1, same: 0 } as const satisfies Record<Verdict, number>;

/** A comparator that is written as a flow. */
export class FlowReferee implements Referee {
  readonly #reading: Reading;
  readonly #evaluator: Evaluator;

  constructor(options: EvaluatorOptions, simulator: Simulator, search: Search) {
    this.#reading = new Reading(options.flow, simulator, search);
    this.#evaluator = new Evaluator(options, search);
  }

  key(way: Way): string {
    return this.#reading.key(way, SIDES);
  }

  async ask(pairs: readonly (readonly [Way, Way])[]): Promise<readonly (Verdict | undefined)[]> {
    const answers = await this.#evaluator.answers(
      pairs.map(([first, second]) => ({
        task: first.episode.task.id,
        epoch: first.episode.epoch,
        input: () =>
          this.#reading.input([
            [first, SIDES[0]],
            [second, SIDES[1]],
          ]),
      })),
    );
    return answers as readonly (Verdict | undefined)[];
  }

  figures(): Omit<PreferenceFigures, "disagreed"> {
    return this.#evaluator.figures();
  }
}

/** The simulator's own comparator. */
export class SimulatorReferee implements Referee {
  readonly #simulator: Simulator;
  readonly #search: Search;
  #asked = 0;
  #failed = 0;

  constructor(simulator: Simulator, search: Search) {
    this.#simulator = simulator;
    this.#search = search;
  }

  key(way: Way): string {
    const { result, state, steps } = this.#outcome(way);
    return JSON.stringify([result, state, steps?.map(({ point, reply }) => [point, reply])]);
  }

  async ask(pairs: readonly (readonly [Way, Way])[]): Promise<readonly (Verdict | undefined)[]> {
    const verdicts: (Verdict | undefined)[] = [];
    const errors: SearchError[] = [];
    for (const [first, second] of pairs) {
      this.#asked += 1;
      const { task, epoch } = first.episode;
      const verdict = await this.#ask(first, second);
      if (verdict instanceof SearchError) {
        errors.push(verdict);
        this.#search.lose({ task: task.id, epoch, error: verdict });
      }
      verdicts.push(verdict instanceof SearchError ? undefined : verdict);
    }
    this.#failed += errors.length;
    if (errors.length > 0 && errors.length === pairs.length) throw errors[0]!;
    return verdicts;
  }

  figures(): Omit<PreferenceFigures, "disagreed"> {
    const [asked, failed] = [this.#asked, this.#failed];
    return { asked, known: 0, failed, calls: 0, prompted: 0, decoded: 0 };
  }

  async #ask(first: Way, second: Way): Promise<Verdict | SearchError> {
    const { task } = first.episode;
    let verdict: unknown;
    try {
      verdict = await this.#simulator.compare?.(task, this.#outcome(first), this.#outcome(second));
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      return new SearchError(
        `the simulator failed to compare two episodes: ${what}`,
        task.id,
        undefined,
        cause,
      );
    }
    if (typeof verdict === "string" && Object.hasOwn(SIGN, verdict)) return verdict as Verdict;
    const given = JSON.stringify(verdict);
    return new SearchError(`the simulator's comparator gave ${given}, not first, second or same`, task.id);
  }

  #outcome(way: Way): Outcome {
    const isDeviation = "step" in way;
    const { result, world: state } = isDeviation ? way : way.episode;
    return {
      result,
      ...(state === undefined ? {} : { state }),
      ...(this.#simulator.reads === "episode" ? { steps: this.#search.stepsOf(way) } : {}),
    };
  }
}

/** Why a flow's output is no verdict. */
export function problemOfVerdict(flow: Pick<FlowModule, "output">): string | undefined {
  const labels = labelsOf(flow);
  const isVerdict =
    labels?.includes("first") === true &&
    labels.includes("second") &&
    labels.every((label) => Object.hasOwn(SIGN, label));
  return isVerdict ? undefined : "must give first | second, or first | second | same";
}

/** The labels that a flow gives; undefined if it gives something else. */
export function labelsOf(flow: Pick<FlowModule, "output">): readonly string[] | undefined {
  const { enum: labels } = outputOf(flow);
  return labels as readonly string[] | undefined;
}
