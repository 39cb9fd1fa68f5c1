export {
  type BootstrapOptions,
  crossedBootstrap,
  type PairedInterval,
  pairedBootstrap,
  type Ratio,
  type RatioInterval,
  type Resampled,
  ratioBootstrap,
} from "./bootstrap.js";
export { type EffectModule, effectsOf, withEffects } from "./effects.js";
export { DataError, type DataErrorCode } from "./error.js";
export {
  checkPairs,
  evaluate,
  type Metrics,
  officialMetrics,
  officialRound,
  pairFigures,
} from "./evaluate.js";
export { extractiveAnswer, isLiteral } from "./extractive.js";
export { defaultReadLimits, linesOf, type ReadLimits } from "./lines.js";
export { answerEm, answerF1, normaliseAnswer, supportF1 } from "./metrics.js";
export {
  goldAnswers,
  goldSupport,
  type MusiqueParagraph,
  type MusiqueRow,
  type MusiqueStep,
  type ReadOptions,
  readMusique,
} from "./musique.js";
export {
  formatPredictions,
  type Outcome,
  outcomeOf,
  type Prediction,
  predictionOf,
  readPredictions,
} from "./predictions.js";
export {
  defaultRewardWeights,
  inputOf,
  MusiqueSimulator,
  questionOf,
  type RewardWeights,
} from "./simulator.js";
