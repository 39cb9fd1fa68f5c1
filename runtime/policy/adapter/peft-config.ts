import { PolicyError } from "../errors.js";
import type { ModelConfig } from "../model/config.js";
import { isOff, KeyReader } from "../model/key-reader.js";
import { linearsOf, modulesOf, shortName } from "../model/names.js";
import { isObject, type JsonObject } from "../weights/json.js";
import type { Adapter, LowRankSize } from "./adapter.js";
import { type ModulePattern, modulePattern } from "./module-pattern.js";

const MAX_RANK = 1024;
/** The version of PEFT whose adapter_config.json is written, key by key. */
const PEFT_VERSION = "0.21.0";

/** Keys of adapter_config.json that say nothing about the numbers. */
const INERT = new Set([
  "auto_mapping",
  "base_model_name_or_path",
  "inference_mode",
  "lora_dropout",
  "megatron_core",
  "peft_version",
  "qalora_group_size",
  "revision",
  "runtime_config",
  "task_type",
]);
const READ = new Set([
  "alpha_pattern",
  "bias",
  "exclude_modules",
  "init_lora_weights",
  "layers_pattern",
  "layers_to_transform",
  "lora_alpha",
  "peft_type",
  "r",
  "rank_pattern",
  "target_modules",
  "use_rslora",
]);
/** Ways to begin that leave the base as it is; the others (PiSSA, OLoRA, LoftQ, …) train on a changed base. */
const PLAIN_BEGINNINGS: ReadonlySet<unknown> = new Set([
  true,
  false,
  "gaussian",
  "orthogonal",
  "eva",
  undefined,
]);

type Fail = (problem: string) => never;

/**
 * Reads a parsed adapter_config.json: which modules of this base are adapted, and how.
 *
 * @throws PolicyError `bad-adapter` naming the key: not LoRA, a variant that is not computed, or modules that this base
 *   does not have.
 */
export function parsePeftConfig(
  json: JsonObject,
  path: string,
  config: ModelConfig,
): Omit<Adapter, "tensors"> {
  const fail: Fail = (problem) => {
    throw new PolicyError("bad-adapter", `${path}: ${problem}`);
  };
  const keys = new Map(Object.entries(json));
  const read = new KeyReader(keys, fail);
  read.only("peft_type", "LORA");
  if (!read.has("peft_type")) fail('peft_type is missing; only "LORA" is read');
  for (const [key, value] of keys) {
    if (READ.has(key) || INERT.has(key) || isOff(value)) continue;
    fail(
      `${key} is ${JSON.stringify(value)?.slice(0, 80)}, which is not computed; only plain LoRA and rsLoRA are`,
    );
  }
  read.only("bias", "none");
  if (!PLAIN_BEGINNINGS.has(read.value("init_lora_weights")))
    fail(
      `init_lora_weights is ${JSON.stringify(read.value("init_lora_weights"))?.slice(0, 80)}, which changes the base model's own weights; convert the adapter to plain LoRA with PEFT first`,
    );
  const rank = read.integer("r", MAX_RANK);
  const alpha = read.value("lora_alpha");
  if (!isAlpha(alpha)) return fail("lora_alpha must be a number");
  const rslora = read.boolean("use_rslora", false);
  const ranks = readPattern(read, "rank_pattern", isRank, `an integer from 1 to ${MAX_RANK}`);
  const alphas = readPattern(read, "alpha_pattern", isAlpha, "a number");
  const modules = new Map(
    targetsOf(read, config).map((module): [string, LowRankSize] => [
      module,
      { rank: ranks(module) ?? rank, alpha: alphas(module) ?? alpha },
    ]),
  );
  return { rslora, modules };
}

/** What PEFT would write for this adapter: every key of its configuration, in order. */
export function peftConfig(adapter: Adapter, config: ModelConfig, base: string): JsonObject {
  const { modules, rslora } = adapter;
  const linears = linearsOf(config).map((linear) => {
    const names = [...modulesOf(config)].flatMap(([module, of]) => (of === linear ? [module] : []));
    return {
      short: shortName(linear),
      all: names.length,
      adapted: names.filter((name) => modules.has(name)),
    };
  });
  const rank = mostCommon([...modules.values()].map((size) => size.rank));
  const alpha = mostCommon([...modules.values()].map((size) => size.alpha));
  /** Modules that differ from the rest: by their short name where it is all of them. */
  const pattern = (of: (size: LowRankSize) => number, usual: number): JsonObject =>
    Object.fromEntries(
      linears.flatMap(({ short, all, adapted }): (readonly [string, number])[] => {
        const values = adapted.map((name) => [name, of(modules.get(name)!)] as const);
        const [first] = values;
        const uniform = adapted.length === all && values.every(([, value]) => value === first?.[1]);
        const entries = uniform && first !== undefined ? [[short, first[1]] as const] : values;
        return entries.filter(([, value]) => value !== usual);
      }),
    );
  return {
    alora_invocation_tokens: null,
    alpha_pattern: pattern((size) => size.alpha, alpha),
    arrow_config: null,
    auto_mapping: null,
    base_model_name_or_path: base,
    bias: "none",
    corda_config: null,
    ensure_weight_tying: false,
    eva_config: null,
    exclude_modules: null,
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    kasa_config: null,
    layer_replication: null,
    layers_pattern: null,
    layers_to_transform: null,
    loftq_config: {},
    lora_alpha: alpha,
    lora_bias: false,
    lora_dropout: 0,
    lora_ga_config: null,
    megatron_config: null,
    megatron_core: "megatron.core",
    modules_to_save: null,
    monteclora_config: null,
    peft_type: "LORA",
    peft_version: PEFT_VERSION,
    qalora_group_size: 16,
    r: rank,
    rank_pattern: pattern((size) => size.rank, rank),
    revision: null,
    target_modules: linears
      .flatMap(({ short, all, adapted }) => (adapted.length === all ? [short] : adapted))
      .sort(),
    target_parameters: null,
    task_type: "CAUSAL_LM",
    trainable_token_indices: null,
    use_bdlora: null,
    use_dora: false,
    use_qalora: false,
    use_rslora: rslora,
    velora_config: null,
  };
}

/** The adapted modules, in the order of the forward pass, by the rules of PEFT's own matching. */
function targetsOf(read: KeyReader, config: ModelConfig): readonly string[] {
  const { fail } = read;
  const known = [...modulesOf(config).keys()];
  const shorts = linearsOf(config).map(shortName);
  const wanted = read.value("target_modules");
  const layers = layersOf(read, typeof wanted === "string" && wanted !== "all-linear");
  const has = `this model has ${shorts.join(", ")}`;
  let chosen: readonly string[];
  if (wanted === "all-linear") chosen = known;
  else if (typeof wanted === "string") {
    const pattern = patternOf("target_modules", wanted, fail);
    chosen = known.filter((module) => pattern.matches(module));
    if (chosen.length === 0) fail(`target_modules ${JSON.stringify(wanted)} matches no module; ${has}`);
  } else {
    const names = isNames(wanted) && wanted.length > 0 ? wanted : [];
    if (names.length === 0)
      return fail(`target_modules must be a list of names of modules, a pattern, or "all-linear"`);
    for (const name of names) {
      if (known.some((module) => isNamed(module, name))) continue;
      const why = ["lm_head", "embed_tokens"].some((part) => isNamed(name, part))
        ? "which is not adapted: only the linear layers of the decoder are"
        : "which this model does not have";
      fail(`target_modules names ${JSON.stringify(name)}, ${why}; it has ${shorts.join(", ")}`);
    }
    chosen = known.filter((module) => names.some((name) => isNamed(module, name)));
  }
  const excluded = excludedBy(read);
  const left = chosen.filter((module) => layers(module) && !excluded(module));
  if (left.length === 0) fail(`no module is left to adapt; ${has}`);
  return left;
}

function excludedBy(read: KeyReader): (module: string) => boolean {
  const excluded = read.value("exclude_modules");
  if (excluded === undefined) return () => false;
  if (typeof excluded === "string") {
    const pattern = patternOf("exclude_modules", excluded, read.fail);
    return (module) => pattern.matches(module);
  }
  const names = isNames(excluded)
    ? excluded
    : read.fail("exclude_modules must be a list of names, or a pattern");
  return (module) => names.some((name) => isNamed(module, name));
}

/** Whether a module's layer is among those of layers_to_transform. */
function layersOf(read: KeyReader, pattern: boolean): (module: string) => boolean {
  const given = read.value("layers_to_transform");
  const named = [read.value("layers_pattern") ?? []].flat();
  if (named.some((name) => name !== "layers"))
    read.fail(`layers_pattern is ${JSON.stringify(named)}; this model's layers are named "layers"`);
  const indices: readonly unknown[] = [given ?? []].flat();
  if (indices.length === 0) return () => true;
  if (!indices.every((index) => Number.isInteger(index)))
    read.fail("layers_to_transform must be a layer's number, or a list of them");
  if (pattern) read.fail("layers_to_transform has no meaning where target_modules is a pattern");
  return (module) => indices.includes(Number(/^model\.layers\.(\d+)\./.exec(module)?.[1]));
}

/**
 * Values by pattern: that of the first pattern which the end of a module's name matches, from any of its parts on.
 */
function readPattern<T>(
  read: KeyReader,
  key: string,
  fits: (value: unknown) => value is T,
  what: string,
): (module: string) => T | undefined {
  const value = read.value(key) ?? {};
  if (!isObject(value)) return read.fail(`${key} must map names of modules to numbers`);
  const rules = Object.entries(value).map(([name, number]) => {
    if (!fits(number)) return read.fail(`${key}: ${JSON.stringify(name)} must be ${what}`);
    return { pattern: patternOf(key, name, read.fail), number };
  });
  return (module) => {
    const parts = [0, ...[...module.matchAll(/\./g)].map(({ index }) => index + 1)];
    return rules.find(({ pattern }) => parts.some((start) => pattern.matches(module, start)))?.number;
  };
}

function patternOf(key: string, source: string, fail: Fail): ModulePattern {
  try {
    return modulePattern(source);
  } catch (error) {
    if (error instanceof SyntaxError)
      return fail(`${key}: the pattern ${JSON.stringify(source.slice(0, 80))} ${error.message}`);
    throw error;
  }
}

/** Whether a name is a module's, or that of the end of its path. */
function isNamed(module: string, name: string): boolean {
  return module === name || module.endsWith(`.${name}`);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function isRank(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_RANK;
}

function isAlpha(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** The value that occurs most often, the first of equally frequent ones. */
function mostCommon(values: readonly number[]): number {
  const count = (value: number) => values.filter((each) => each === value).length;
  return values.reduce((best, value) => (count(value) > count(best) ? value : best));
}
