import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { ModelFileError, messageOf } from "../weights/error.js";
import type { JsonObject } from "../weights/json.js";
import { readText } from "./files.js";

/** One message of a conversation, as chat templates know it. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface ChatTemplate {
  /** The template's own text. */
  readonly source: string;
  /**
   * The conversation as one string, up to where the model's answer begins.
   * @throws ModelFileError `bad-tokenizer` if the template refuses the messages
   */
  render(messages: readonly ChatMessage[]): string;
}

const NAMED_TOKENS = ["bos_token", "eos_token", "unk_token", "pad_token"] as const;

/**
 * The chat template of a model folder: chat_template.jinja, or the one in tokenizer_config.json (of several, the one
 * called `default`); undefined if the model has none.
 *
 * @throws ModelFileError `bad-tokenizer` if it does not parse
 */
export function loadChatTemplate(folder: string, config: JsonObject): ChatTemplate | undefined {
  const text = readText(folder, "chat_template.jinja");
  const source = text ?? templateOf(config.chat_template);
  if (source === undefined) return undefined;
  const file = join(folder, text === undefined ? "tokenizer_config.json" : "chat_template.jinja");
  const fail = (thrown: unknown) =>
    new ModelFileError(file, `chat template: ${messageOf(thrown)}`, undefined, "bad-tokenizer");
  let template: Template;
  try {
    template = new Template(source);
  } catch (thrown) {
    throw fail(thrown);
  }
  const tokens = Object.fromEntries(NAMED_TOKENS.map((name) => [name, tokenContent(config[name]) ?? ""]));
  return {
    source,
    render(messages) {
      try {
        return template.render({ ...tokens, messages, add_generation_prompt: true });
      } catch (thrown) {
        throw fail(thrown);
      }
    },
  };
}

/** The spelling of a token in tokenizer_config.json, which writes a string or `{ content }`. */
export function tokenContent(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}

function templateOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const entry = value.find((item) => item?.name === "default");
  return typeof entry?.template === "string" ? entry.template : undefined;
}
