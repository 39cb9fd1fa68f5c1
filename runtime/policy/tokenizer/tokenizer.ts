import { join } from "node:path";
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { ModelFileError, messageOf } from "../weights/error.js";
import { isObject, type JsonObject } from "../weights/json.js";
import { type ChatMessage, loadChatTemplate, tokenContent } from "./chat-template.js";
import { readObject } from "./files.js";
import { makeShield, type Shield } from "./shield.js";
import { type TokenBytes, tokenBytes } from "./token-bytes.js";

/** Text to token ids and back, as a model folder defines it. */
export interface Tokenizer {
  /** Ids of trusted text: special tokens are recognised, nothing is added at either end. */
  encode(text: string): number[];
  /** Ids of untrusted text: a special token's spelling is plain text, nothing is added at either end. */
  encodePlain(text: string): number[];
  /** Text of ids; special tokens are left out, and so are bytes that form no character. */
  decode(ids: readonly number[]): string;
  /**
   * Ids of a chat prompt up to where the answer begins. Special tokens come from the template alone, never from
   * the messages.
   *
   * @param system the system message; if empty, there is none
   * @throws ModelFileError `bad-tokenizer` if the model has no chat template or the template refuses the messages
   */
  renderChat(system: string, user: string): number[];
  /** The same for any conversation. */
  renderMessages(messages: readonly ChatMessage[]): number[];
  /** Ids of the tokens that end an output. */
  readonly endTokens: readonly number[];
  /** The id of a token by its spelling in the vocabulary. */
  idOf(token: string): number | undefined;
  /**
   * The bytes that each token adds to a text.
   * @throws ModelFileError `bad-tokenizer` if the tokenizer is of a kind for which that cannot be said
   */
  tokenBytes(): TokenBytes;
}

/**
 * Spellings of tokens that steer a model although they are not marked as special: `<think>` and `<tool_call>` of Qwen3,
 * `</s>` of Phi-3. Other added tokens are words, or runs of blanks, of which any text may be made.
 */
const BRACKETED = /^(?:<.+>|\[.+\])$/s;

/**
 * Loads tokenizer.json, tokenizer_config.json, the chat template and the end tokens of a model folder.
 * @throws ModelFileError `bad-tokenizer` naming the file
 */
export function loadTokenizer(folder: string): Tokenizer {
  const path = join(folder, "tokenizer.json");
  const json = readObject(folder, "tokenizer.json");
  const fail = (problem: string) => new ModelFileError(path, problem, undefined, "bad-tokenizer");
  if (json === undefined) throw fail("is missing; a model folder needs its tokenizer");
  const config = readObject(folder, "tokenizer_config.json") ?? {};
  checkVocabulary(json, fail);
  let hub: HubTokenizer;
  try {
    hub = new HubTokenizer({ added_tokens: [], ...json }, config);
  } catch (thrown) {
    throw fail(`not a usable tokenizer: ${messageOf(thrown)}`);
  }
  const added = [...hub.get_added_tokens_decoder().values()];
  const specials = added
    .filter((token) => token.content !== "" && (token.special || BRACKETED.test(token.content)))
    .map((token) => token.content);
  const template = loadChatTemplate(folder, config);
  const open = installShield(hub);

  const encode = (text: string): number[] => hub.encode(text, { add_special_tokens: false }).ids;
  const renderMessages = (messages: readonly ChatMessage[]): number[] => {
    if (template === undefined)
      throw new ModelFileError(
        folder,
        "has no chat template, so messages cannot be rendered",
        undefined,
        "bad-tokenizer",
      );
    const shield = makeShield(specials, [template.source, ...messages.map((message) => message.content)]);
    const covered = messages.map(({ role, content }) => ({ role, content: shield.cover(content) }));
    const text = template.render(covered);
    return open(shield, () => encode(text));
  };
  return {
    encode,
    encodePlain(text) {
      const shield = makeShield(specials, [text]);
      return open(shield, () => encode(shield.cover(text)));
    },
    decode: (ids) =>
      ids.length === 0
        ? ""
        : hub.decode([...ids], {
            skip_special_tokens: true,
            clean_up_tokenization_spaces: config.clean_up_tokenization_spaces === true,
          }),
    renderChat: (system, user) =>
      renderMessages([
        ...(system === "" ? [] : [{ role: "system" as const, content: system }]),
        { role: "user", content: user },
      ]),
    renderMessages,
    endTokens: endTokens(folder, config, hub),
    idOf: (token) => hub.token_to_id(token),
    tokenBytes() {
      const found = tokenBytes(json);
      if (found === undefined)
        throw fail("its decoder is of a kind for which flowc does not know what a token spells");
      return found;
    },
  };
}

/**
 * Makes the tokenizer uncover text after it has split off the special tokens and before its pre-tokenizer.
 * @returns runs a function with a shield in force
 */
function installShield(hub: HubTokenizer): <T>(shield: Shield, run: () => T) => T {
  let current: Shield | undefined;
  const inner = hub.pre_tokenizer;
  const outer = (text: string, options?: unknown): string[] => {
    const plain = current === undefined ? text : current.uncover(text);
    return inner === null ? [plain] : inner(plain, options);
  };
  hub.pre_tokenizer = outer as unknown as typeof hub.pre_tokenizer;
  return (shield, run) => {
    current = shield;
    try {
      return run();
    } finally {
      current = undefined;
    }
  };
}

/** What the library takes on trust: ids are small integers, each given to one token. */
function checkVocabulary(json: JsonObject, fail: (problem: string) => Error): void {
  if (!isObject(json.model)) throw fail("holds no model");
  const { vocab } = json.model;
  if (!isObject(vocab) && !Array.isArray(vocab)) throw fail("holds no vocabulary");
  const ids = new Set<unknown>();
  if (isObject(vocab)) {
    for (const [token, id] of Object.entries(vocab)) {
      if (!isId(id)) throw fail(`the id of ${JSON.stringify(token)} is ${JSON.stringify(id)}`);
      if (ids.has(id)) throw fail(`two tokens have the id ${id}`);
      ids.add(id);
    }
  }
  const added = json.added_tokens ?? [];
  if (!Array.isArray(added)) throw fail("added_tokens is not a list");
  for (const token of added)
    if (!isObject(token) || typeof token.content !== "string" || !isId(token.id))
      throw fail(`added_tokens holds ${JSON.stringify(token)?.slice(0, 80)}, which has no content or no id`);
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1 << 24;
}

/** generation_config.json decides, then config.json, then the tokenizer's own end token. */
function endTokens(folder: string, tokenizerConfig: JsonObject, hub: HubTokenizer): readonly number[] {
  for (const name of ["generation_config.json", "config.json"]) {
    const value = readObject(folder, name)?.eos_token_id;
    if (value === undefined || value === null) continue;
    const ids = Array.isArray(value) ? value : [value];
    if (!ids.every(isId))
      throw new ModelFileError(
        join(folder, name),
        "eos_token_id holds something that is no token id",
        undefined,
        "bad-tokenizer",
      );
    return ids;
  }
  const content = tokenContent(tokenizerConfig.eos_token);
  const id = content === undefined ? undefined : hub.token_to_id(content);
  return id === undefined ? [] : [id];
}
