import { requestProblem } from "../../runtime/policy/decode/request-problem.js";
import type { LanguageModel, Prompt } from "../../runtime/policy/language-model.js";
import type { ChatMessage, Tokenizer } from "../../runtime/policy/tokenizer/index.js";
import type { Decoding } from "../../runtime/search/index.js";
import { badLine, type InputLine } from "./jsonl.js";

const ROLES: ReadonlySet<unknown> = new Set(["system", "user", "assistant"]);

/** A prompt, and a completion of it that is to be scored. @throws CommandFailure naming the line and what is wrong */
export function scoreRequest(
  line: InputLine,
  { tokenizer, config }: LanguageModel,
): { readonly prompt: readonly number[]; readonly ids: readonly number[] } {
  const prompt = promptIds(line, tokenizer);
  const ids = completionIds(line, tokenizer);
  const problem = requestProblem(config, prompt, ids);
  if (problem !== undefined) throw badLine(line.number, problem);
  return { prompt, ids };
}

/** A prompt to continue. @throws CommandFailure naming the line and what is wrong */
export function generateRequest(line: InputLine, { tokenizer, config }: LanguageModel): Prompt {
  const ids = promptIds(line, tokenizer);
  const problem = requestProblem(config, ids);
  if (problem !== undefined) throw badLine(line.number, problem);
  return { ids, maxTokens: maxTokensOf(line), decoding: decodingOf(line) };
}

/** Greedy, or drawn where a line gives a temperature. */
function decodingOf(line: InputLine): Decoding {
  const { fields, number } = line;
  const figure = (name: string, fallback: number, fits: (value: number) => boolean, what: string): number => {
    const value = fields.get(name) ?? fallback;
    if (typeof value === "number" && fits(value)) return value;
    throw badLine(number, `"${name}" must be ${what}`);
  };
  if (!fields.has("temperature")) {
    const idle = ["top_k", "top_p", "seed"].find((name) => fields.has(name));
    if (idle !== undefined) throw badLine(number, `"${idle}" has no meaning without "temperature"`);
    return { kind: "greedy" };
  }
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0;
  const seed = figure("seed", 0, whole, "a whole number, 0 or more");
  return {
    kind: "sample",
    temperature: figure(
      "temperature",
      1,
      (value) => value > 0 && value <= 100,
      "a number above 0, at most 100",
    ),
    topK: figure("top_k", 0, whole, "a whole number; 0 keeps all tokens"),
    topP: figure("top_p", 1, (value) => value > 0 && value <= 1, "a number above 0, at most 1"),
    // The same prompt with the same seed has the same continuation, whatever stands around it.
    key: JSON.stringify(["generate", seed]),
  };
}

/**
 * Token ids of a line's prompt: `prompt_ids` as they are; `prompt` tokenised with its special tokens, nothing added;
 * `messages` rendered by the model's chat template, where special tokens come from the template alone.
 *
 * @throws CommandFailure naming line and field
 */
function promptIds({ number, fields }: InputLine, tokenizer: Tokenizer): readonly number[] {
  const given = ["prompt", "prompt_ids", "messages"].filter((name) => fields.has(name));
  if (given.length !== 1) throw badLine(number, 'expected one of "prompt", "prompt_ids" and "messages"');
  switch (given[0]) {
    case "prompt":
      return tokenizer.encode(textOf({ number, fields }, "prompt"));
    case "prompt_ids":
      return idsOf({ number, fields }, "prompt_ids");
    default:
      return tokenizer.renderMessages(messagesOf({ number, fields }));
  }
}

/** Token ids of the completion that a line wants scored, tokenised apart from the prompt. */
function completionIds(line: InputLine, tokenizer: Tokenizer): readonly number[] {
  const { number, fields } = line;
  if (fields.has("completion") === fields.has("completion_ids")) {
    throw badLine(number, 'expected one of "completion" and "completion_ids"');
  }
  return fields.has("completion")
    ? tokenizer.encode(textOf(line, "completion"))
    : idsOf(line, "completion_ids");
}

/** The line's `id`, which is handed back as it came. */
export function idOf({ number, fields }: InputLine): unknown {
  if (!fields.has("id")) throw badLine(number, 'the field "id" is missing');
  return fields.get("id");
}

function maxTokensOf({ number, fields }: InputLine): number {
  const value = fields.get("max_tokens");
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw badLine(number, '"max_tokens" must be a whole number, 1 or more');
  }
  return value as number;
}

function textOf({ number, fields }: InputLine, name: string): string {
  const value = fields.get(name);
  if (typeof value !== "string") throw badLine(number, `"${name}" must be a text`);
  return value;
}

function idsOf({ number, fields }: InputLine, name: string): readonly number[] {
  const value: unknown = fields.get(name);
  if (!Array.isArray(value) || !value.every((id) => Number.isSafeInteger(id) && id >= 0)) {
    throw badLine(number, `"${name}" must be a list of token ids`);
  }
  return value as readonly number[];
}

function messagesOf({ number, fields }: InputLine): readonly ChatMessage[] {
  const value: unknown = fields.get("messages");
  if (!Array.isArray(value) || value.length === 0) throw badLine(number, '"messages" must be a list');
  return value.map((message: unknown, i) => {
    const entry = new Map(Object.entries((message as object | null) ?? {}));
    const role = entry.get("role");
    const content: unknown = entry.get("content");
    if (!ROLES.has(role) || typeof content !== "string") {
      throw badLine(number, `"messages[${i}]" needs a role (system, user, assistant) and a text content`);
    }
    return { role, content } as ChatMessage;
  });
}
