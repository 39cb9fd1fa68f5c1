import { availableParallelism } from "node:os";
import { Ajv, type ValidateFunction } from "ajv";
import { LineCounter, parseDocument } from "yaml";
import { ALGORITHM_DEFAULTS, type AlgorithmSettings } from "./algorithm-settings.js";
import { OPTIMIZER_DEFAULTS, type OptimizerSettings } from "./optimizer/settings.js";
import { preferenceProblems } from "./preferences/settings.js";
import type { Settings } from "./settings.js";
import { describe, hostile, offsetOf, type SettingsProblem } from "./settings-problems.js";
import { settingsSchema } from "./settings-schema.js";

export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

const MAX_CHARACTERS = 1 << 16;

let validator: ValidateFunction | undefined;

/** Made when it is first asked for: that takes longer than all else that loading this module does. */
function settingsValidator(): ValidateFunction {
  validator ??= new Ajv({ allErrors: true, useDefaults: true, verbose: true }).compile(settingsSchema);
  return validator;
}

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
  // As it was given: checking it fills in the defaults.
  const given = structuredClone(value);
  const validate = settingsValidator();
  if (!validate(value)) {
    const found = (validate.errors ?? []).flatMap((error) => describe(error, document.contents));
    return failed(found.map(({ offset, ...problem }) => ({ ...problem, ...place(offset) })));
  }
  const settings = value as Settings;
  const unfit = misfits(settings, given as GivenSettings).map(({ path, message }) => ({
    message,
    ...place(offsetOf(document.contents, path, true)),
  }));
  return unfit.length > 0 ? failed(unfit) : { ok: true, settings: completed(settings) };
}

/** What is wrong with the key at a path. */
interface Misfit {
  readonly path: readonly string[];
  readonly message: string;
}

/** What a settings file says itself, of those parts in which that matters. */
interface GivenSettings {
  readonly reference?: { readonly kind?: string };
}

/** What the schema does not say: which keys a kind knows, and what must fit together. */
function misfits(settings: Settings, given: GivenSettings): readonly Misfit[] {
  const { algorithm, optimizer, reward, reference } = settings;
  const { hop_cost: _, ...weights } = reward;
  const isWorthless = Object.values(weights).every((weight) => weight === 0);
  return [
    ...foreign("optimizer", optimizer, OPTIMIZER_DEFAULTS[optimizer.kind]),
    ...(algorithm === undefined ? [] : foreign("algorithm", algorithm, ALGORITHM_DEFAULTS[algorithm.kind])),
    ...(isWorthless ? [{ path: ["reward"], message: "one of the reward's weights must be above 0" }] : []),
    ...unmoved(reference.kind, given.reference),
    ...(isBareRecord(reference) ? [{ path: ["reference", "every"], message: BARE_RECORD }] : []),
    ...preferenceProblems(settings),
  ];
}

/** What says how a reference moves, of one that does not. */
function unmoved(kind: Settings["reference"]["kind"], given: object = {}): readonly Misfit[] {
  if (kind === "soft") return [];
  return Object.keys(given)
    .filter((key) => key !== "kind")
    .map((key) => ({
      path: ["reference", key],
      message: `reference.${key} needs reference.kind soft; it is ${kind}`,
    }));
}

const BARE_RECORD =
  "reference.every must be at least 2 for a gate: one reward has no variance; without reference.gate it moves after every round";

/** Whether a gate would have nothing to hold a window against but that it is a record. */
function isBareRecord({ kind, every, gate }: Settings["reference"]): boolean {
  return kind === "soft" && gate === true && every < 2;
}

function foreign(name: string, part: { readonly kind: string }, known: object): readonly Misfit[] {
  return Object.keys(part)
    .filter((key) => !(key in known))
    .map((key) => ({ path: [name, key], message: `${name}.${key} means nothing to ${part.kind}` }));
}

/** With the defaults that the schema does not give. */
function completed(settings: Settings): Settings {
  const { algorithm, optimizer } = settings;
  return {
    ...settings,
    ...(algorithm === undefined
      ? {}
      : { algorithm: { ...ALGORITHM_DEFAULTS[algorithm.kind], ...algorithm } as AlgorithmSettings }),
    workers: settings.workers ?? availableParallelism(),
    optimizer: { ...OPTIMIZER_DEFAULTS[optimizer.kind], ...optimizer } as OptimizerSettings,
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
