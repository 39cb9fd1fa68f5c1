export type { Alarm } from "./alarms.js";
export type { Algorithm, Signal } from "./algorithm.js";
export { ALGORITHM_DEFAULTS, type AlgorithmSettings } from "./algorithm-settings.js";
export { EpisodeCredit, LeaveOneOut, SingleSample, Supervised } from "./baselines/index.js";
export { type Batch, type BatchTerm, formatBatch, parseBatch } from "./batch.js";
export { Board } from "./board.js";
export { budgetOf } from "./budget.js";
export { Curriculum } from "./curriculum.js";
export { DeviationPreferences } from "./deviation-preferences.js";
export { type EvaluationReport, type EvaluationState, Evaluations } from "./evaluation.js";
export type { CreditEvent, PairEvent, TrainEvent } from "./events.js";
export { Gate } from "./gate.js";
export { LanguageModelLearner } from "./language-model.js";
export { type LoggedEpisode, LoggedEpisodes, type LogProblem, problemOfLogged } from "./logged/index.js";
export {
  anchorOf,
  type LossPart,
  type LossTerm,
  logProbLoss,
  preferenceLoss,
  unpairedLoss,
} from "./loss.js";
export { type Ingredients, manifestOf } from "./manifest.js";
export { newAlgorithm } from "./new-algorithm.js";
export type { Source } from "./new-experience.js";
export { AdamW, Cocob, type Movement, newOptimizer, type Optimizer, Prodigy } from "./optimizer/index.js";
export { derivePairs, type Pair, type PairOptions, type Preferences } from "./pairs.js";
export {
  defaultSettings,
  type ParsedSettings,
  parseSettings,
} from "./parse-settings.js";
export {
  type Comparison,
  type EvaluatorFlow,
  type NewSource,
  type PreferenceFigures,
  type PreferenceSource,
  problemOfSource,
  rewards,
  sourceOf,
  type Way,
} from "./preferences/index.js";
export type { Settings } from "./settings.js";
export type { SettingsProblem } from "./settings-problems.js";
export { settingsSchema } from "./settings-schema.js";
export { type Counts, countStrata, type Kinds, quotasOf, type Strata } from "./strata.js";
export { type TabularOptions, TabularPolicy } from "./tabular.js";
export { type Totals, tokensOf } from "./totals.js";
export { type TrainOptions, type TrainSummary, train } from "./train.js";
export type { AgentState, Arrays, Gradient, Scored, Term, Trainable, Values } from "./trainable.js";
export type { UpdateReport } from "./update.js";
