import { join } from "node:path";
import { Environment, Interpreter, Template } from "@huggingface/jinja";
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

/**
 * What templates are told that ask for today's date (Llama 3.2's): a prompt is a function of its request, not of the day.
 * The date is the one that Llama's own templates take where there is no clock.
 */
const TODAY = new Map([
  ["%Y", "2024"],
  ["%y", "24"],
  ["%m", "07"],
  ["%B", "July"],
  ["%b", "Jul"],
  ["%d", "26"],
  ["%j", "208"],
  ["%A", "Friday"],
  ["%a", "Fri"],
  ["%H", "00"],
  ["%I", "12"],
  ["%p", "AM"],
  ["%M", "00"],
  ["%S", "00"],
  ["%%", "%"],
]);

/** No conversation has as many messages. */
const LONGEST_RANGE = 1e6;

/** What every template knows beside its variables: what Hugging Face's own renderers tell it, but for the date. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  raise_exception(message: string) {
    throw new Error(message);
  },
  range(first: number, last?: number, step = 1) {
    const [start, end] = last === undefined ? [0, first] : [first, last];
    const length = Math.max(0, Math.ceil((end - start) / step));
    if (!(length <= LONGEST_RANGE)) throw new RangeError(`a range of ${length} numbers`);
    return Array.from({ length }, (_, i) => start + i * step);
  },
  strftime_now: (format: string) => format.replace(/%./g, (directive) => TODAY.get(directive) ?? directive),
};

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
        const environment = new Environment();
        const variables = { ...GLOBALS, ...tokens, messages, add_generation_prompt: true };
        for (const [name, value] of Object.entries(variables)) environment.set(name, value);
        return String(new Interpreter(environment).run(template.parsed).value);
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
