import type { FlowModule, Json } from "../../machine/index.js";
import type { Search, Simulator } from "../../search/index.js";
import { Evaluator, type EvaluatorOptions } from "./evaluator.js";
import { outputOf, Reading, type Reads } from "./reading.js";
import { labelsOf } from "./referee.js";
import type { Comparison, PreferenceFigures, PreferenceSource, Way } from "./source.js";

/** Under which names feedback reads an episode. */
export const EPISODE = { result: "result", steps: "steps" } as const satisfies Reads;

/**
 * Feedback on single episodes, by a flow whose judges say in words what an episode is like and come to a grade. A preference
 * is a difference of two grades, and that is what it weighs.
 */
export class Feedback implements PreferenceSource {
  readonly #grades: ReadonlyMap<string, number>;
  readonly #reading: Reading;
  readonly #evaluator: Evaluator;

  /** @param grades what each label is worth, of a flow that gives labels */
  constructor(
    options: EvaluatorOptions,
    grades: ReadonlyMap<string, number>,
    simulator: Simulator,
    search: Search,
  ) {
    this.#grades = grades;
    this.#reading = new Reading(options.flow, simulator, search);
    this.#evaluator = new Evaluator(options, search);
  }

  async advantages(comparisons: readonly Comparison[]): Promise<readonly number[]> {
    const ways = [...new Set(comparisons.flatMap(({ a, b }) => [a, b]))];
    const said = await this.#evaluator.answers(ways.map((way) => this.#question(way)));
    const grades = new Map(ways.map((way, i) => [way, this.#gradeOf(said[i])]));
    return comparisons.map(({ a, b }) => {
      const [before, after] = [grades.get(a), grades.get(b)];
      return before === undefined || after === undefined ? 0 : after - before;
    });
  }

  figures(): PreferenceFigures {
    return this.#evaluator.figures();
  }

  #question(way: Way) {
    const { task, epoch } = way.episode;
    return { task: task.id, epoch, input: () => this.#reading.input([[way, EPISODE]]) };
  }

  #gradeOf(said: Json | undefined): number | undefined {
    return typeof said === "string" ? this.#grades.get(said) : (said as number | undefined);
  }
}

/**
 * What each grade is worth: what settings say, or by the order of the labels, from 0 for the first, the worst, to 1 for the
 * last. Empty for a flow that gives a number, which is the grade itself.
 *
 * @returns or why there are no grades
 */
export function gradesOf(
  flow: Pick<FlowModule, "output">,
  given: Readonly<Record<string, number>> | undefined,
): ReadonlyMap<string, number> | string {
  const labels = labelsOf(flow);
  if (labels === undefined) {
    const { type } = outputOf(flow);
    if (type !== "number" && type !== "integer")
      return "must give grades: labels, from worst to best, or a number";
    return given === undefined ? new Map() : "gives a number, which preferences.grades say nothing about";
  }
  if (given === undefined) return new Map(labels.map((label, i) => [label, i / (labels.length - 1)]));
  const missing = labels.find((label) => !Object.hasOwn(given, label));
  if (missing !== undefined) return `gives ${missing}, which preferences.grades do not have`;
  const unknown = Object.keys(given).find((label) => !labels.includes(label));
  if (unknown !== undefined) return `never gives ${unknown}, which preferences.grades have`;
  return new Map(labels.map((label) => [label, given[label]!]));
}
