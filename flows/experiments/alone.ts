import type { Resampled } from "../../runtime/simulator/index.js";
import type { Arm } from "./arms.js";
import { contrastOf, type Runs } from "./statistics.js";

/** What the adapter of an agent is worth, switched on alone; without a name, all of them together. */
export interface AdapterGain {
  readonly agent: string | undefined;
  readonly answer: Resampled | undefined;
  readonly support: Resampled | undefined;
}

/** Gains over the untrained base of the arms whose adapters were evaluated one at a time. */
export function adapterGains(
  arms: readonly Arm[],
  runs: ReadonlyMap<string, Runs>,
): readonly { readonly name: string; readonly gains: readonly AdapterGain[] }[] {
  return arms.flatMap(({ name, part, base }) => {
    const own = runs.get(name)!;
    const [first] = own.values();
    const untrained = arms.find((arm) => arm.settings === null && arm.part === part && arm.base === base);
    if (first?.alone === undefined || untrained === undefined) return [];
    const both = new Map([
      [name, own],
      [untrained.name, runs.get(untrained.name)!],
    ]);
    const gainOf = (agent: string | undefined, metric: string) =>
      contrastOf({ [name]: 1, [untrained.name]: -1 }, metric, both, (run) =>
        run.arm.name === name && agent !== undefined ? run.alone![agent]! : run.evaluation.columns,
      );
    const gains = [...Object.keys(first.alone), undefined].map((agent) => {
      return { agent, answer: gainOf(agent, "answer_f1"), support: gainOf(agent, "support_f1") };
    });
    return [{ name, gains }];
  });
}
