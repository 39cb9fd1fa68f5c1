import type { FlowModule } from "../machine/index.js";
import { type Lost, requireEffects, type Simulator } from "../search/index.js";
import type { Algorithm } from "./algorithm.js";
import type { Experience } from "./experience.js";
import { FromLogs, type LoggedEpisodes, LoggedSample, problemOfLogged } from "./logged/index.js";
import { newAlgorithm } from "./new-algorithm.js";
import { Playing } from "./playing.js";
import { type EvaluatorFlow, sourceOf } from "./preferences/index.js";
import type { Settings } from "./settings.js";
import { type Counts, countStrata, type Kinds, quotasOf } from "./strata.js";
import type { Trainable } from "./trainable.js";

/** What is learned from: tasks that are played, or episodes that were. */
export type Source =
  | {
      /** Gives the tasks, judges what becomes of them, and does their effects. */
      readonly simulator: Simulator;
      readonly logged?: undefined;
    }
  | { readonly simulator?: undefined; readonly logged: LoggedEpisodes };

export type ExperienceOptions = Source & {
  readonly flow: FlowModule;
  readonly policy: Trainable;
  readonly settings: Settings;
  readonly heldOut?: Simulator;
  readonly evaluator?: EvaluatorFlow;
};

/**
 * Where a training's episodes come from, and what learns from them, as settings say.
 *
 * @param onLost is told of everything that breaks where something is learned
 * @throws RangeError if that cannot be
 */
export function newExperience(
  options: ExperienceOptions,
  onLost: (round: number, lost: Lost) => void,
): { readonly experience: Experience; readonly algorithm: Algorithm } {
  const { flow, policy, settings, simulator, logged } = options;
  if (logged !== undefined) {
    const problem = problemOfLogged(settings);
    if (problem !== undefined || settings.algorithm?.kind !== "single-sample") throw new RangeError(problem);
    const algorithm = new LoggedSample(settings, settings.algorithm, policy.agents, logged);
    const quotas = chosenQuotas(logged, options);
    return { experience: new FromLogs({ logged, settings, quotas, algorithm }), algorithm };
  }
  requireEffects(flow, simulator);
  const quotas = chosenQuotas(simulator, options);
  const source = sourceOf({ ...options, simulator });
  if (typeof source === "string") throw new RangeError(source);
  const algorithm = newAlgorithm(settings, policy, simulator, source);
  const experience = new Playing({ flow, simulator, policy, settings, quotas, algorithm, onLost });
  return { experience, algorithm };
}

function chosenQuotas(
  kinds: Kinds,
  { settings, heldOut }: Pick<ExperienceOptions, "settings" | "heldOut">,
): Counts | undefined {
  const quotas = quotasOf(settings.strata, countStrata(kinds), heldOut && countStrata(heldOut));
  if (typeof quotas === "string") throw new RangeError(quotas);
  return quotas;
}
