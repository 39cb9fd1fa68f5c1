export type { ChatMessage } from "./chat-template.js";
export { loadTokenizer, type Tokenizer } from "./tokenizer.js";
