export type { Adapter } from "./adapter/adapter.js";
export { readAdapter, writeAdapter } from "./adapter/peft.js";
export type { BackendName } from "./engine/backend.js";
export { PolicyError, type PolicyErrorCode } from "./errors.js";
export { LanguageModel, type LanguageModelOptions } from "./language-model.js";
export type { ModelConfig } from "./model/config.js";
export type { Completion } from "./model/gradient-batches.js";
export { type ChatMessage, loadTokenizer, type Tokenizer } from "./tokenizer/index.js";
export type { Truncation } from "./truncation.js";
