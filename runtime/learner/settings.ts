import { availableParallelism } from "node:os";
import { Ajv, type ErrorObject } from "ajv";
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import type { LongPrompts } from "../policy/truncation.js";
import type { TextMethod } from "../search/index.js";
import { ALGORITHM_DEFAULTS, type AlgorithmSettings } from "./algorithm-settings.js";
import { type PreferenceSettings, preferenceProblems } from "./preferences/settings.js";
import { settingsSchema } from "./settings-schema.js";
import type { Strata } from "./strata.js";

/** How an agent's gradient is bounded before the optimizer sees it. */
export type Clip =
  | "none"
  /** The whole gradient is scaled down to this norm. */
  | { readonly norm: "inf" | 2; readonly max: number }
  /** Every coordinate is cut to this size. */
  | { readonly value: number };

export interface CocobSettings {
  readonly kind: "cocob";
  readonly alpha: number;
  readonly clip: Clip;
}

export interface AdamWSettings {
  readonly kind: "adamw";
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weight_decay: number;
  readonly clip: Clip;
}

export interface ProdigySettings extends Omit<AdamWSettings, "kind" | "lr"> {
  readonly kind: "prodigy";
  readonly d0: number;
  readonly d_coef: number;
  readonly bias_correction: boolean;
}

export type OptimizerSettings = CocobSettings | AdamWSettings | ProdigySettings;

/** How many other texts are tried, and how they are found; a number alone stands for its count. */
export interface GenerateAlternatives {
  readonly count: number;
  /** Default `sample`. */
  readonly method?: TextMethod;
  /** Default `alternatives.draws`. */
  readonly draws?: number;
  /** Default 1. */
  readonly diversity?: number;
}

/** Settings of a training, as its YAML file spells them; `settings-schema.ts` says what each means. */
export interface Settings {
  readonly seed: number;
  readonly episodes: number;
  /** Ends the run at the first round boundary after so many minutes; no limit by default. */
  readonly minutes?: number;
  /** Ends the run, complete, at the first round boundary after so many tokens went through the model; no limit by default. */
  readonly tokens?: number;
  readonly episodes_per_round: number;
  readonly steps_per_round: number;
  /** Which kinds of tasks are played in which proportions. */
  readonly strata: Strata;
  /** On held-out tasks, if there are some. */
  readonly evaluation: {
    /** Rounds. */
    readonly every: number;
    readonly tasks: number | "all";
    /** Evaluations running without a best one, after which the run ends; never by default. */
    readonly patience?: number;
  };
  /** Where the training signal comes from; preferences from deviations by default. */
  readonly algorithm?: AlgorithmSettings;
  readonly alternatives: {
    readonly generate: number | GenerateAlternatives;
    readonly choose: number | "all";
    readonly pick: number | "all";
    readonly draws: number;
    /** Whether sites where other outputs have made a difference are tried more often than others; default no. */
    readonly adaptive?: boolean;
    /** Model tokens that the deviations of an episode may be expected to take; no limit by default. */
    readonly tokens_per_episode?: number;
    readonly share: number;
  };
  readonly temperature: number;
  readonly top_k: number;
  readonly top_p: number;
  readonly preferences: PreferenceSettings;
  readonly pairs: "best" | "all";
  readonly beta: number;
  readonly loss: {
    /** Of texts and records; labels and picks are chosen by whole log-probabilities. */
    readonly length_normalized: boolean;
    readonly label_smoothing: number;
    /** No cap by default. */
    readonly gap_cap?: number;
  };
  readonly optimizer: OptimizerSettings;
  readonly adapter: {
    readonly rank: number;
    readonly alpha: number;
    readonly rslora: boolean;
    readonly targets: readonly string[];
  };
  readonly reference: {
    readonly kind: "off" | "frozen" | "soft";
    readonly every: number;
    readonly mix: number;
    readonly confidence: number;
    /** Whether a window must be better than those before, for a soft reference to move; default yes. */
    readonly gate?: boolean;
  };
  readonly reward: {
    readonly answer_f1: number;
    readonly answer_em: number;
    readonly support_f1: number;
    /** Of each paragraph that a result names as support; none by default. */
    readonly hop_cost?: number;
  };
  readonly alarms: {
    readonly largest_move: number;
    /** Of coin betting. */
    readonly wealth: number;
    /** Updates running without one. */
    readonly no_gradient: number;
    /** What becomes of a run whose loss was not finite; the step is skipped. */
    readonly not_finite: "skip" | "stop";
  };
  readonly checkpoint_every: number;
  readonly keep_checkpoints: number;
  readonly live_rollouts: number;
  /** Share of episodes and deviations whose effects are done a second time. */
  readonly recheck: number;
  /** Seconds after which an effect that has given nothing breaks its episode. */
  readonly effect_seconds: number;
  /** What is done with prompts beyond the model's context. */
  readonly long_prompts: LongPrompts;
  readonly allow_extern: readonly string[];
  readonly workers: number;
}

/** What is wrong with a settings file, and where (1-based). */
export interface SettingsProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** A key that is unknown where it stands, and those that may stand there. */
  readonly unknown?: { readonly key: string; readonly known: readonly string[] };
}

export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

const MAX_CHARACTERS = 1 << 16;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

const OPTIMIZER_DEFAULTS = {
  cocob: { kind: "cocob", alpha: 1000, clip: { norm: "inf", max: 1 } },
  adamw: {
    kind: "adamw",
    lr: 3e-3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0,
    clip: { norm: 2, max: 1 },
  },
  prodigy: {
    kind: "prodigy",
    // The paper has 1e-6, from which adapters take hundreds of steps to where they begin to change anything.
    d0: 1e-4,
    d_coef: 1,
    bias_correction: true,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0,
    clip: { norm: 2, max: 1 },
  },
} as const satisfies Record<string, OptimizerSettings>;

const validate = new Ajv({ allErrors: true, useDefaults: true, verbose: true }).compile(settingsSchema);

/**
 * Reads a settings file. The text is untrusted: its size is bounded, aliases and keys that reach into prototypes
 * are refused, and every unknown key and wrong value is reported with its place.
 */
export function parseSettings(text: string): ParsedSettings {
  const lines = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (text.length > MAX_CHARACTERS) {
    return failed([
      { message: `a settings file has at most ${MAX_CHARACTERS} characters`, line: 1, column: 1 },
    ]);
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = [
    ...[...document.errors, ...document.warnings].map(({ message, pos }) => ({ message, ...place(pos[0]) })),
    ...hostile(document.contents).map(({ message, offset }) => ({ message, ...place(offset) })),
  ];
  if (problems.length > 0) return failed(problems);
  const value: unknown = document.contents === null ? {} : document.toJS();
  if (!validate(value)) {
    const found = (validate.errors ?? []).flatMap((error) => describe(error, document.contents));
    return failed(found.map(({ offset, ...problem }) => ({ ...problem, ...place(offset) })));
  }
  const settings = value as Settings;
  const given = settings.optimizer;
  const defaults = OPTIMIZER_DEFAULTS[given.kind];
  const { algorithm } = settings;
  const algorithmDefaults = algorithm && ALGORITHM_DEFAULTS[algorithm.kind];
  const foreign = (name: string, part: { readonly kind: string }, known: object): SettingsProblem[] =>
    Object.keys(part)
      .filter((key) => !(key in known))
      .map((key) => ({
        message: `${name}.${key} means nothing to ${part.kind}`,
        ...place(offsetOf(document.contents, [name, key], true)),
      }));
  const misfits = [
    ...foreign("optimizer", given, defaults),
    ...(algorithm === undefined ? [] : foreign("algorithm", algorithm, algorithmDefaults ?? {})),
  ];
  const { hop_cost: _, ...weights } = settings.reward;
  if (Object.values(weights).every((weight) => weight === 0)) {
    const message = "one of the reward's weights must be above 0";
    misfits.push({ message, ...place(offsetOf(document.contents, ["reward"], true)) });
  }
  for (const { path, message } of preferenceProblems(settings))
    misfits.push({ message, ...place(offsetOf(document.contents, path, true)) });
  if (misfits.length > 0) return failed(misfits);
  const optimizer = { ...defaults, ...given } as OptimizerSettings;
  return {
    ok: true,
    settings: {
      ...settings,
      ...(algorithm === undefined
        ? {}
        : { algorithm: { ...algorithmDefaults, ...algorithm } as AlgorithmSettings }),
      workers: settings.workers ?? availableParallelism(),
      optimizer,
    },
  };
}

/** The settings that an empty file stands for. */
export function defaultSettings(): Settings {
  const parsed = parseSettings("");
  if (!parsed.ok) throw new Error("the schema's defaults do not fit the schema");
  return parsed.settings;
}

function failed(problems: readonly SettingsProblem[]): ParsedSettings {
  const ordered = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: ordered };
}

interface Found extends Pick<SettingsProblem, "message" | "unknown"> {
  readonly offset: number;
}

function hostile(contents: Node | null): readonly Found[] {
  const found: Found[] = [];
  visit(contents as Node, {
    Alias: (_, node) => {
      found.push({ message: "settings may not hold aliases", offset: node.range?.[0] ?? 0 });
    },
    Pair: (_, { key }) => {
      const offset = startOf(key);
      if (!isScalar(key) || typeof key.value !== "string")
        found.push({ message: "keys must be plain names", offset });
      else if (FORBIDDEN_KEYS.has(key.value))
        found.push({ message: `${key.value} may not be a key`, offset });
    },
  });
  return found;
}

/** One ajv error in words. The failures of single arms of an `anyOf` say less than the `anyOf` itself. */
function describe(error: ErrorObject, contents: Node | null): readonly Found[] {
  const path = error.instancePath.split("/").slice(1);
  const name = path.join(".");
  const subject = name === "" ? "the settings" : name;
  if (error.keyword === "additionalProperties") {
    const key = String(error.params.additionalProperty);
    const message = `unknown key ${[...path, key].join(".")}`;
    const known = Object.keys((error.parentSchema?.properties ?? {}) as object);
    return [{ message, offset: offsetOf(contents, [...path, key], true), unknown: { key, known } }];
  }
  const offset = offsetOf(contents, path, false);
  switch (error.keyword) {
    case "anyOf":
      return [{ message: `${subject} has none of the permitted forms`, offset }];
    case "enum": {
      const allowed = (error.params.allowedValues as readonly unknown[]).join(", ");
      return [{ message: `${subject} must be one of ${allowed}`, offset }];
    }
    case "const":
      return [];
    default:
      return error.schemaPath.includes("/anyOf/") ? [] : [{ message: `${subject} ${error.message}`, offset }];
  }
}

function offsetOf(contents: Node | null, path: readonly string[], key: boolean): number {
  let node: unknown = contents;
  for (const [i, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item: Pair) => isScalar(item.key) && item.key.value === part);
      if (pair === undefined) break;
      if (key && i === path.length - 1) return startOf(pair.key);
      node = pair.value ?? pair.key;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
    }
  }
  return startOf(node);
}

function startOf(node: unknown): number {
  if (isMap(node) || isSeq(node) || isScalar(node) || isAlias(node)) return node.range?.[0] ?? 0;
  return 0;
}
