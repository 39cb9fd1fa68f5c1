import { AGENT_TOKEN, AGENTS, SYSTEM } from "./agents.js";
import { type BytePairs, trainBytePairs } from "./bpe.js";

const PAD = "<pad>";
export const END = "</s>";
const DOCUMENT = "<doc>";
export const ANSWER = "<a>";
/** Comes before the text of a system message that is none of the agents'. */
const OTHER_SYSTEM = "<sys>";

/** Special tokens; their ids are their places here. */
export const SPECIALS: readonly string[] = [
  PAD,
  END,
  ...AGENTS.map((agent) => AGENT_TOKEN[agent]),
  DOCUMENT,
  ANSWER,
  OTHER_SYSTEM,
];

export const PAD_ID = 0;
export const END_ID = 1;

/** Labels that must be one token each, so that choosing between them is one step. */
const WHOLE = [" yes", " no"];

/**
 * Trains the tokenizer of the base model.
 * @param words the corpus, see `countWords`
 * @param size of the vocabulary, special tokens included
 */
export function trainVocabulary(words: ReadonlyMap<string, number>, size: number): BytePairs {
  const counts = new Map(words);
  for (const label of WHOLE) counts.set(label, Number.MAX_SAFE_INTEGER / 2 ** 10);
  return trainBytePairs(counts, size - SPECIALS.length);
}

/** The tokenizer's files in Hugging Face layout, by name. */
export function tokenizerFiles({ pieces, merges }: BytePairs): Map<string, string> {
  const byteLevel = { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true };
  const vocab = Object.fromEntries([...SPECIALS, ...pieces].map((piece, id) => [piece, id]));
  const added = SPECIALS.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    // The space makes a name at the start of a segment the same tokens as in the middle of a sentence, without
    // which a model this small does not learn to copy it.
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    eos_token: END,
    pad_token: PAD,
    additional_special_tokens: SPECIALS.slice(2),
    clean_up_tokenization_spaces: false,
    model_max_length: 256,
  };
  return new Map([
    ["tokenizer.json", `${JSON.stringify(tokenizer, null, 1)}\n`],
    ["tokenizer_config.json", `${JSON.stringify(config, null, 2)}\n`],
    ["chat_template.jinja", chatTemplate()],
  ]);
}

/** Agents' system messages become one token each, lines of user messages documents. */
function chatTemplate(): string {
  const cases = AGENTS.map(
    (agent, i) =>
      `{%- ${i === 0 ? "if" : "elif"} message['content'] == ${JSON.stringify(SYSTEM[agent])} -%}${AGENT_TOKEN[agent]}`,
  );
  return `{%- if messages[0]['role'] != 'system' -%}${OTHER_SYSTEM}{%- endif -%}
{%- for message in messages -%}
{%- if message['role'] == 'system' -%}
${cases.join("\n")}
{%- else -%}${OTHER_SYSTEM}{{ message['content'] | trim }}${DOCUMENT}
{%- endif -%}
{%- elif message['role'] == 'user' -%}
{{ message['content'] | trim | replace('\\n', '${DOCUMENT}') }}
{%- else -%}
${ANSWER}{{ message['content'] | trim }}${END}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}${ANSWER}{%- endif -%}
`;
}
