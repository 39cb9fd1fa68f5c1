export type { AlternativeBudget, TextMethod, Tried } from "./alternatives.js";
export { addCounters, type Counters, newCounters } from "./counters.js";
export type { Ending } from "./endings.js";
export {
  type Alternative,
  type ChoiceStep,
  choiceAt,
  type EffectStep,
  type Episode,
  type Fork,
  fork,
  isChoice,
  type Output,
  type Step,
  serializeEpisode,
  shown,
} from "./episode.js";
export { SearchError } from "./error.js";
export {
  type Budget,
  type Deviation,
  type JudgedEpisode,
  type Lost,
  type Play,
  type Resumed,
  Search,
  type SearchOptions,
  type TriedPoint,
} from "./explore.js";
export { type EpisodeLog, type LoggedOutcome, type LoggedStep, logOf, parseLog } from "./log.js";
export { normalizeText } from "./normal.js";
export {
  type Occasion,
  type Performed,
  Performer,
  type PerformerOptions,
  requireEffects,
} from "./perform.js";
export type {
  Answer,
  BeamDecoding,
  Decoding,
  Policy,
  Query,
  SampleDecoding,
  TokenCount,
} from "./ports/policy.js";
export type {
  Acted,
  EffectCall,
  Effects,
  Judgement,
  Outcome,
  Simulator,
  Task,
  Verdict,
} from "./ports/simulator.js";
export { type Disagreement, type Replayed, type ReplayOptions, replay } from "./replay.js";
export type { Guide } from "./rollout.js";
export type { Sampling } from "./sampling.js";
export { type SavedState, savedAt } from "./saved.js";
export type { SiblingBudget } from "./siblings.js";
export { expectedTokens, probabilities, type Spending } from "./spending.js";
