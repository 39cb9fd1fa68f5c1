export { type EvaluatorFlow, problemOfSource, type SourceOptions, sourceOf } from "./new-source.js";
export {
  type Comparison,
  type NewSource,
  type PreferenceFigures,
  type PreferenceSource,
  rewards,
  type Way,
} from "./source.js";
