import { PolicyError } from "../errors.js";

/** A decoder's shape and constants, read from a Hugging Face config.json. */
export interface ModelConfig {
  readonly family: "llama";
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Grouped-query attention: heads / keyValueHeads query heads share one key and value head. */
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  /** Longest sequence the model was made for, in tokens (`max_position_embeddings`). */
  readonly contextLength: number;
  /** Whether the output head is the embedding table. */
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
}

/** Keys without influence on a forward pass of the base model in float32. */
const INERT = new Set([
  "architectures",
  "attention_dropout",
  "bos_token_id",
  "eos_token_id",
  "dtype",
  "torch_dtype",
  "initializer_range",
  "model_type",
  "name_or_path",
  "pad_token_id",
  "return_dict",
  "output_attentions",
  "output_hidden_states",
  "task_specific_params",
  "id2label",
  "label2id",
  "problem_type",
  "tokenizer_class",
  "use_cache",
]);
const READ = new Set([
  "vocab_size",
  "hidden_size",
  "intermediate_size",
  "num_hidden_layers",
  "num_attention_heads",
  "num_key_value_heads",
  "head_dim",
  "rms_norm_eps",
  "rope_theta",
  "rope_scaling",
  "rope_parameters",
  "max_position_embeddings",
  "tie_word_embeddings",
  "attention_bias",
  "mlp_bias",
  "hidden_act",
  "pretraining_tp",
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
  const fail = (message: string): never => {
    throw new PolicyError("bad-config", `${where}: ${message}`);
  };
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return fail("must hold a JSON object");
  const keys = new Map<string, unknown>(Object.entries(json));
  const read = new Reader(keys, fail);

  const type = keys.get("model_type");
  if (type !== "llama") {
    fail(`model_type is ${JSON.stringify(type)}; this version runs "llama" only`);
  }
  for (const [key, value] of keys) {
    if (READ.has(key) || INERT.has(key) || key.startsWith("_") || key.endsWith("_version")) continue;
    if (value === null || value === false) continue;
    fail(
      `the key ${JSON.stringify(key)} is not known and may change what the model computes; remove it if it does not`,
    );
  }
  read.only("hidden_act", "silu");
  read.only("pretraining_tp", 1);

  const hiddenSize = read.integer("hidden_size", LIMIT.width);
  const heads = read.integer("num_attention_heads", LIMIT.heads);
  const keyValueHeads = read.integer("num_key_value_heads", LIMIT.heads, heads);
  if (heads % keyValueHeads !== 0) {
    fail(`num_attention_heads (${heads}) must be a multiple of num_key_value_heads (${keyValueHeads})`);
  }
  if (keys.get("head_dim") == null && hiddenSize % heads !== 0) {
    fail(
      `hidden_size (${hiddenSize}) must be a multiple of num_attention_heads (${heads}) where head_dim is not given`,
    );
  }
  const headDim = read.integer("head_dim", LIMIT.width, Math.floor(hiddenSize / heads));
  if (headDim % 2 !== 0) fail(`head_dim (${headDim}) must be even`);
  return {
    family: "llama",
    vocabSize: read.integer("vocab_size", LIMIT.vocabSize),
    hiddenSize,
    intermediateSize: read.integer("intermediate_size", LIMIT.width),
    layers: read.integer("num_hidden_layers", LIMIT.layers),
    heads,
    keyValueHeads,
    headDim,
    normEpsilon: read.number("rms_norm_eps", 1e-6, 0, 1),
    ropeTheta: ropeTheta(keys, fail),
    contextLength: read.integer("max_position_embeddings", LIMIT.context, 2048),
    tiedHead: read.boolean("tie_word_embeddings", false),
    attentionBias: read.boolean("attention_bias", false),
    mlpBias: read.boolean("mlp_bias", false),
  };
}

/** The frequency base, from either of the two layouts: `rope_theta` at the top, or inside `rope_parameters`. */
function ropeTheta(keys: ReadonlyMap<string, unknown>, fail: (message: string) => never): number {
  const thetas: number[] = [];
  const take = (value: unknown, name: string): void => {
    if (value == null) return;
    if (typeof value === "number" && value > 0 && value < 1e12) thetas.push(value);
    else fail(`${name} must be a positive number`);
  };
  take(keys.get("rope_theta"), "rope_theta");
  for (const name of ["rope_parameters", "rope_scaling"]) {
    const value = keys.get(name);
    if (value == null) continue;
    if (typeof value !== "object" || Array.isArray(value)) return fail(`${name} must be an object or null`);
    const inner = new Map<string, unknown>(Object.entries(value));
    const type = inner.get("rope_type") ?? inner.get("type") ?? "default";
    if (type !== "default") {
      return fail(`${name} asks for rope_type ${JSON.stringify(type)}; this version computes "default" only`);
    }
    take(inner.get("rope_theta"), `${name}.rope_theta`);
    for (const [key, entry] of inner) {
      if (["rope_type", "type", "rope_theta"].includes(key) || entry === null) continue;
      if (key === "partial_rotary_factor" && entry === 1) continue;
      return fail(
        `${name} holds the unknown key ${JSON.stringify(key)}, which may change what the model computes`,
      );
    }
  }
  const [first = 10000, ...others] = thetas;
  if (others.some((theta) => theta !== first))
    return fail(`gives two different values of rope_theta: ${thetas.join(", ")}`);
  return first;
}

class Reader {
  constructor(
    private readonly keys: ReadonlyMap<string, unknown>,
    private readonly fail: (message: string) => never,
  ) {}

  /** A positive integer of at most `limit`; missing or null gives the fallback, if there is one. */
  integer(key: string, limit: number, fallback?: number): number {
    const value = this.keys.get(key) ?? fallback;
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= limit) return value;
    return this.fail(`${key} must be an integer from 1 to ${limit}, found ${describe(value)}`);
  }

  number(key: string, fallback: number, low: number, high: number): number {
    const value = this.keys.get(key) ?? fallback;
    if (typeof value === "number" && value > low && value < high) return value;
    return this.fail(`${key} must be a number between ${low} and ${high}, found ${describe(value)}`);
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.keys.get(key) ?? fallback;
    if (typeof value === "boolean") return value;
    return this.fail(`${key} must be true or false, found ${describe(value)}`);
  }

  /** A key of which only one value is computed. */
  only(key: string, supported: unknown): void {
    const value = this.keys.get(key) ?? supported;
    if (value !== supported) {
      this.fail(`${key} is ${describe(value)}; this version computes ${JSON.stringify(supported)} only`);
    }
  }
}

function describe(value: unknown): string {
  return value === undefined ? "nothing" : (JSON.stringify(value)?.slice(0, 80) ?? typeof value);
}
