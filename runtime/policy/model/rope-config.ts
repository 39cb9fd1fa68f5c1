import { type Fail, KeyReader } from "./key-reader.js";

/** How positions are turned into angles: the frequency base, and how it is stretched for longer contexts. */
export interface Rope {
  /** How many of a head's values are rotated, the first of them; an even number. The others stay what they are. */
  readonly dimensions: number;
  readonly theta: number;
  readonly scaling: RopeScaling;
}

export type RopeScaling =
  | { readonly kind: "default" }
  /** Positions divided by the factor (Chen et al. 2023). */
  | { readonly kind: "linear"; readonly factor: number }
  /** A base that grows with the sequence, beyond `originalLength` tokens ("NTK-aware"). */
  | { readonly kind: "dynamic"; readonly factor: number; readonly originalLength: number }
  /** Llama 3.1: low frequencies divided by the factor, high ones kept, a ramp between. */
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalLength: number;
    }
  /** YaRN (Peng et al. 2023). */
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalLength: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Whether the ends of the ramp are whole dimensions. */
      readonly truncate: boolean;
      /** Multiplies cosines and sines. */
      readonly attentionFactor: number;
    }
  /** LongRoPE (Ding et al. 2024): one factor per frequency, another list beyond `originalLength` tokens. */
  | {
      readonly kind: "longrope";
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly originalLength: number;
      readonly attentionFactor: number;
    };

/**
 * Which angles a sequence of this many tokens is computed with. Keys of one regime mean nothing in another: where a
 * growing sequence changes its regime, all of it is computed anew.
 *
 * @returns 0 for most models; LongRoPE has a second list of factors beyond its original context (1), and the dynamic
 *   base is another one for every length beyond it (the length).
 */
export function ropeRegime({ rope: { scaling } }: { readonly rope: Rope }, length: number): number {
  if (scaling.kind === "longrope") return length > scaling.originalLength ? 1 : 0;
  if (scaling.kind === "dynamic") return length > scaling.originalLength ? length : 0;
  return 0;
}

export interface RopeShape {
  readonly headDim: number;
  /** Whether `partial_rotary_factor` is computed. */
  readonly partial: boolean;
  /** `max_position_embeddings` */
  readonly longest: number;
  /** No length is above it. */
  readonly limit: number;
}

const FACTOR = [0, 1e6] as const;

/**
 * Reads the position embedding from either of the two layouts: `rope_theta` and `rope_scaling` at the top, or
 * `rope_parameters`. A key that the kind of scaling does not have is an error.
 */
export function parseRope(keys: ReadonlyMap<string, unknown>, shape: RopeShape, fail: Fail): Rope {
  const tables = ["rope_parameters", "rope_scaling"].filter((name) => keys.get(name) != null);
  if (tables.length > 1 && JSON.stringify(keys.get(tables[0]!)) !== JSON.stringify(keys.get(tables[1]!))) {
    fail("gives both rope_parameters and rope_scaling, and they differ");
  }
  const [name] = tables;
  const table = name === undefined ? {} : keys.get(name);
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    return fail(`${name} must be an object or null`);
  }
  const inner = new Map<string, unknown>(Object.entries(table));
  const theta = agreed("rope_theta", [keys, inner], fail) ?? 10000;
  const dimensions = parseDimensions(agreed("partial_rotary_factor", [keys, inner], fail) ?? 1, shape, fail);
  const used = new Set(["rope_type", "type", "rope_theta", "partial_rotary_factor"]);
  const scaling = parseScaling(inner, keys, { ...shape, headDim: dimensions }, used, `${name}.`, fail);
  for (const [key, value] of inner) {
    if (used.has(key) || value === null) continue;
    fail(
      `${name} holds the key ${JSON.stringify(key)}, which is not known for rope_type ${JSON.stringify(scaling.kind)} and may change what the model computes`,
    );
  }
  return { dimensions, theta, scaling };
}

/** A positive number that may stand in either table, or in both if it is the same. */
function agreed(
  key: string,
  tables: readonly ReadonlyMap<string, unknown>[],
  fail: Fail,
): number | undefined {
  const values = tables.map((table) => table.get(key)).filter((value) => value != null);
  for (const value of values) {
    if (typeof value !== "number" || !(value > 0 && value < 1e12)) fail(`${key} must be a positive number`);
    if (value !== values[0]) fail(`gives two different values of ${key}: ${values.join(", ")}`);
  }
  return values[0] as number | undefined;
}

/** How many values of a head `partial_rotary_factor` has rotated. */
function parseDimensions(factor: number, { headDim, partial }: RopeShape, fail: Fail): number {
  if (factor === 1) return headDim;
  const named = `partial_rotary_factor is ${factor}`;
  if (!partial) fail(`${named}; this version computes 1 only for models of this family`);
  const dimensions = Math.floor(headDim * factor);
  if (factor > 1 || dimensions < 2 || dimensions % 2 !== 0)
    fail(`${named}: of a head's ${headDim} values an even number must be rotated, and not ${dimensions}`);
  return dimensions;
}

function parseScaling(
  inner: ReadonlyMap<string, unknown>,
  keys: ReadonlyMap<string, unknown>,
  { headDim, longest, limit }: RopeShape,
  used: Set<string>,
  prefix: string,
  fail: Fail,
): RopeScaling {
  const read = new KeyReader(inner, fail, prefix);
  const number = (key: string, fallback: number | undefined, [low, high]: readonly [number, number]) => {
    used.add(key);
    return read.number(key, fallback, low, high);
  };
  /** The context before stretching: in the table, else at the top (Phi-3), else what the model is made for. */
  const originalLength = (): number => {
    const key = "original_max_position_embeddings";
    used.add(key);
    const top = keys.get(key);
    return read.integer(key, limit, typeof top === "number" ? top : longest);
  };
  const type = inner.get("rope_type") ?? inner.get("type") ?? "default";
  switch (type) {
    case "default":
      return { kind: "default" };
    case "linear":
      return { kind: "linear", factor: number("factor", undefined, FACTOR) };
    case "dynamic":
      return {
        kind: "dynamic",
        factor: number("factor", undefined, FACTOR),
        originalLength: originalLength(),
      };
    case "llama3": {
      const lowFrequencyFactor = number("low_freq_factor", undefined, FACTOR);
      const highFrequencyFactor = number("high_freq_factor", undefined, FACTOR);
      if (highFrequencyFactor <= lowFrequencyFactor)
        fail(`${prefix}high_freq_factor must be above low_freq_factor`);
      const factor = number("factor", undefined, FACTOR);
      return {
        kind: "llama3",
        factor,
        lowFrequencyFactor,
        highFrequencyFactor,
        originalLength: originalLength(),
      };
    }
    case "yarn": {
      const original = originalLength();
      const factor = number("factor", longest / original, FACTOR);
      used.add("truncate");
      return {
        kind: "yarn",
        factor,
        originalLength: original,
        betaFast: number("beta_fast", 32, FACTOR),
        betaSlow: number("beta_slow", 1, FACTOR),
        truncate: read.boolean("truncate", true),
        attentionFactor: yarnAttention(read, number, factor, used),
      };
    }
    case "longrope":
    case "su": {
      used.add("short_factor").add("long_factor").add("factor");
      const original = originalLength();
      const stretch = read.has("factor") ? read.number("factor", undefined, ...FACTOR) : longest / original;
      const usual = stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(original));
      return {
        kind: "longrope",
        shortFactors: read.numbers("short_factor", headDim / 2),
        longFactors: read.numbers("long_factor", headDim / 2),
        originalLength: original,
        attentionFactor: number("attention_factor", usual, FACTOR),
      };
    }
    default:
      return fail(
        `${prefix}rope_type is ${JSON.stringify(type)}; these are computed: default, linear, dynamic, llama3, yarn, longrope`,
      );
  }
}

/** YaRN's temperature, folded into cosines and sines: 0.1 ln(factor) + 1, or the ratio of two such terms. */
function yarnAttention(
  read: KeyReader,
  number: (key: string, fallback: number | undefined, range: readonly [number, number]) => number,
  factor: number,
  used: Set<string>,
): number {
  used.add("mscale").add("mscale_all_dim");
  const term = (scale: number) => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  const usual =
    read.has("mscale") && read.has("mscale_all_dim")
      ? term(read.number("mscale", undefined, ...FACTOR)) /
        term(read.number("mscale_all_dim", undefined, ...FACTOR))
      : term(1);
  return number("attention_factor", usual, FACTOR);
}
