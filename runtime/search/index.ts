export { type AlternativeBudget, normalizeText, type TextMethod, type Tried } from "./alternatives.js";
export { addCounters, type Counters, newCounters } from "./counters.js";
export {
  type Alternative,
  type Episode,
  type Fork,
  fork,
  type Output,
  type Step,
  serializeEpisode,
} from "./episode.js";
export { SearchError } from "./error.js";
export {
  type Budget,
  type Deviation,
  type JudgedEpisode,
  type Play,
  Search,
  type SearchOptions,
} from "./explore.js";
export type {
  Answer,
  BeamDecoding,
  Decoding,
  Policy,
  Query,
  SampleDecoding,
  TokenCount,
} from "./ports/policy.js";
export type { Judgement, Simulator, Task } from "./ports/simulator.js";
export type { Ending } from "./rollout.js";
