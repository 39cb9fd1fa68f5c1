import { BASE_CONFIG } from "./folder.js";
import type { TrainSettings } from "./run.js";

/** The settings of the shipped models, but for the number of steps. */
export const BASE_SETTINGS: Omit<TrainSettings, "steps"> = {
  config: BASE_CONFIG,
  seed: 1,
  madeUp: 0.8,
  tokensPerBatch: 1500,
  maxTokens: BASE_CONFIG.contextLength,
  lossWeights: { prompt: 0.15, text: 1, label: 5 },
  muonRate: 0.02,
  muonDecay: 0.05,
  adamRate: 2e-3,
  clip: 1,
  warmUp: 100,
  mixes: [
    { query: 0.4, relevant: 0.25, enough: 0.1, draft: 0.12, final: 0.13 },
    { query: 0.2, relevant: 0.5, enough: 0.1, draft: 0.1, final: 0.1 },
  ],
  firstPart: 0.35,
  tokenizerExamples: 20_000,
};
