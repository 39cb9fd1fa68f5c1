export type { ChatMessage } from "./chat-template.js";
export type { TokenBytes } from "./token-bytes.js";
export { loadTokenizer, type Tokenizer } from "./tokenizer.js";
