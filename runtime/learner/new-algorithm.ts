import type { Simulator } from "../search/index.js";
import type { Algorithm } from "./algorithm.js";
import { EpisodeCredit, LeaveOneOut, SingleSample, Supervised } from "./baselines/index.js";
import { DeviationPreferences } from "./deviation-preferences.js";
import type { NewSource } from "./preferences/index.js";
import type { Settings } from "./settings.js";
import type { Trainable } from "./trainable.js";

/**
 * The algorithm that settings name.
 * @param sourceOf who says which of two episodes is better, for preferences
 * @throws RangeError if the tasks do not have what it needs
 */
export function newAlgorithm(
  settings: Settings,
  trainable: Trainable,
  simulator: Simulator,
  sourceOf?: NewSource,
): Algorithm {
  const { algorithm = { kind: "deviations" } } = settings;
  const { agents } = trainable;
  switch (algorithm.kind) {
    case "deviations":
      return new DeviationPreferences(settings, agents, sourceOf);
    case "supervised":
      return new Supervised(algorithm, trainable, simulator);
    case "episode-credit":
      return new EpisodeCredit(settings, algorithm, agents);
    case "leave-one-out":
      return new LeaveOneOut(settings, algorithm, agents);
    case "single-sample":
      return new SingleSample(settings, algorithm, agents, simulator);
  }
}
