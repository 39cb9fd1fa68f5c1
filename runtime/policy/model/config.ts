import { PolicyError } from "../errors.js";
import { FAMILIES, type Family, type FamilyName } from "./families.js";
import { type Fail, isOff, KeyReader } from "./key-reader.js";
import { parseRope, type Rope } from "./rope-config.js";

/** A decoder's shape and constants, read from a Hugging Face config.json. */
export interface ModelConfig {
  readonly family: FamilyName;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Grouped-query attention: heads / keyValueHeads query heads share one key and value head. */
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly normEpsilon: number;
  readonly rope: Rope;
  /** Longest sequence that is computed, in tokens: what the model was made for, and no more than its window. */
  readonly contextLength: number;
  /** Whether the output head is the embedding table. */
  readonly tiedHead: boolean;
  /** Which linear layers have a bias. */
  readonly biases: { readonly qkv: boolean; readonly output: boolean; readonly mlp: boolean };
  /** Whether queries and keys are normalised head by head before they are rotated (Qwen3). */
  readonly queryKeyNorm: boolean;
  /** Whether q, k and v, and gate and up, are stored as one linear layer each (Phi-3). */
  readonly fused: boolean;
}

/** Keys without influence on a forward pass of the base model in float32, whose dropout is off. */
const INERT = new Set([
  "architectures",
  "attention_dropout",
  "attn_implementation",
  "auto_map",
  "bos_token_id",
  "chunk_size_feed_forward",
  "dtype",
  "embd_pdrop",
  "eos_token_id",
  "id2label",
  "initializer_range",
  "is_llama_config",
  "label2id",
  "model_type",
  "name_or_path",
  "neftune_noise_alpha",
  "output_attentions",
  "output_hidden_states",
  "pad_token_id",
  "problem_type",
  "resid_pdrop",
  "return_dict",
  "task_specific_params",
  "tokenizer_class",
  "torch_dtype",
  "transformers.js_config",
  "unk_token_id",
  "unsloth_fixed",
  "use_cache",
]);
const READ = new Set([
  "attention_bias",
  "full_attn_mod",
  "head_dim",
  "hidden_act",
  "hidden_size",
  "intermediate_size",
  "interpolate_factor",
  "layer_types",
  "max_position_embeddings",
  "max_window_layers",
  "mlp_bias",
  "num_attention_heads",
  "num_hidden_layers",
  "num_key_value_heads",
  "original_max_position_embeddings",
  "partial_rotary_factor",
  "pretraining_tp",
  "rms_norm_eps",
  "rope_parameters",
  "rope_scaling",
  "rope_theta",
  "sliding_window",
  "tie_word_embeddings",
  "use_sliding_window",
  "vocab_size",
]);

/** Bounds that no model of these families reaches; beyond them a file is broken or hostile. */
const LIMIT = { vocabSize: 1 << 20, width: 1 << 17, layers: 1024, heads: 4096, context: 1 << 24 };

/**
 * Reads a parsed config.json.
 *
 * @param json the parsed file, untrusted.
 * @param where names the file in messages.
 * @throws PolicyError `bad-config` naming the key: a value of the wrong type or range, a feature that this project
 *   does not compute, or an unknown key that may change the numbers.
 */
export function parseConfig(json: unknown, where = "config.json"): ModelConfig {
  const fail: Fail = (message) => {
    throw new PolicyError("bad-config", `${where}: ${message}`);
  };
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return fail("must hold a JSON object");
  const keys = new Map<string, unknown>(Object.entries(json));
  const read = new KeyReader(keys, fail);
  const [name, family] = familyOf(keys.get("model_type"), fail);
  for (const [key, value] of keys) {
    if (READ.has(key) || INERT.has(key) || key.startsWith("_") || key.endsWith("_version")) continue;
    if (isOff(value)) continue;
    fail(
      `the key ${JSON.stringify(key)} is not known and may change what the model computes; remove it if it does not`,
    );
  }
  read.only("hidden_act", "silu");
  for (const key of ["pretraining_tp", "full_attn_mod", "interpolate_factor"]) read.only(key, 1);

  const hiddenSize = read.integer("hidden_size", LIMIT.width);
  const heads = read.integer("num_attention_heads", LIMIT.heads);
  const keyValueHeads = read.integer("num_key_value_heads", LIMIT.heads, family.keyValueHeads ?? heads);
  if (heads % keyValueHeads !== 0) {
    fail(`num_attention_heads (${heads}) must be a multiple of num_key_value_heads (${keyValueHeads})`);
  }
  const longest = read.integer("max_position_embeddings", LIMIT.context, family.contextLength);
  const headDim = readHeadDim(read, family, hiddenSize, heads);
  const biased = family.attentionBias ?? read.boolean("attention_bias", false);
  if (family.attentionBias !== undefined) read.only("attention_bias", family.attentionBias);
  const rope = parseRope(
    keys,
    { headDim, partial: family.partialRotary, longest, limit: LIMIT.context },
    fail,
  );
  const mlp = family.mlpBias ? read.boolean("mlp_bias", false) : false;
  if (!family.mlpBias) read.only("mlp_bias", false);
  return {
    family: name,
    vocabSize: read.integer("vocab_size", LIMIT.vocabSize),
    hiddenSize,
    intermediateSize: read.integer("intermediate_size", LIMIT.width),
    layers: read.integer("num_hidden_layers", LIMIT.layers),
    heads,
    keyValueHeads,
    headDim,
    normEpsilon: read.number("rms_norm_eps", family.normEpsilon, 0, 1),
    rope,
    contextLength: Math.min(stretched(rope, longest), windowOf(read, fail)),
    tiedHead: read.boolean("tie_word_embeddings", false),
    biases: { qkv: biased, output: biased && !family.outputUnbiased, mlp },
    queryKeyNorm: family.queryKeyNorm,
    fused: family.fused,
  };
}

function familyOf(type: unknown, fail: Fail): [FamilyName, Family] {
  for (const [name, family] of FAMILIES) if (name === type) return [name, family];
  return fail(
    `model_type is ${JSON.stringify(type)}; these are computed: ${[...FAMILIES.keys()].join(", ")}`,
  );
}

/**
 * A dynamic base is for sequences beyond what the model was made for, and YaRN is often added to a configuration whose
 * length stays as it was; the other kinds say the whole length.
 */
function stretched({ scaling }: Rope, longest: number): number {
  if (scaling.kind !== "dynamic" && scaling.kind !== "yarn") return longest;
  return Math.min(LIMIT.context, Math.max(longest, Math.floor(scaling.originalLength * scaling.factor)));
}

function readHeadDim(read: KeyReader, family: Family, hiddenSize: number, heads: number): number {
  const { fail } = read;
  if (!read.has("head_dim") && family.headDim === undefined && hiddenSize % heads !== 0) {
    fail(
      `hidden_size (${hiddenSize}) must be a multiple of num_attention_heads (${heads}) where head_dim is not given`,
    );
  }
  const headDim = read.integer("head_dim", LIMIT.width, family.headDim ?? Math.floor(hiddenSize / heads));
  if (headDim % 2 !== 0) fail(`head_dim (${headDim}) must be even`);
  return headDim;
}

/**
 * How many tokens a layer sees. Up to that length a sliding window changes nothing, so the model's context ends there
 * and the numbers are those of full attention.
 */
function windowOf(read: KeyReader, fail: Fail): number {
  const types = read.value("layer_types");
  if (types !== undefined) {
    const all = Array.isArray(types) ? types : fail("layer_types must be a list");
    const known = ["full_attention", "sliding_attention"];
    const odd = all.find((type) => !known.includes(type as string));
    if (odd !== undefined)
      fail(`layer_types names ${JSON.stringify(odd)}; these are known: ${known.join(", ")}`);
    if (all.every((type) => type === "full_attention")) return LIMIT.context;
  }
  // Qwen's configurations give a window that is off unless they say otherwise.
  if (read.has("use_sliding_window") && !read.boolean("use_sliding_window", false)) return LIMIT.context;
  if (read.value("sliding_window") === undefined) return LIMIT.context;
  return read.integer("sliding_window", LIMIT.context);
}
