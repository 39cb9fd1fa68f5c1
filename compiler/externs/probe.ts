import { posix } from "node:path";
import type {
  ExternEffect,
  ExternFunction,
  ModulePath,
  Parameter,
  Span,
  TypeDeclaration,
} from "../../grammar/index.js";
import { callsByFlow } from "../check/size.js";
import type {
  EffectSymbol,
  ExternSymbol,
  FlowSymbol,
  Program,
  TypeSymbol,
  Variable,
} from "../check/symbols.js";
import { printType } from "../emit/types.js";
import { isModulePath } from "../files/paths.js";
import { isWhole } from "../types/size.js";
import { type Type, text } from "../types/type.js";

/** One declaration whose TypeScript side is to be looked at. */
export interface Extern {
  readonly name: string;
  readonly kind: "type" | "function" | "effect";
  /** Relative to the .flow file that declares it, as written. */
  readonly from: ModulePath;
  /** Of that file, from the folder of the program's main file. */
  readonly folder: string;
  readonly span: Span;
  /** What the flow declares, as TypeScript; of an effect in a module that has the simulator's state as a value. */
  readonly wanted: string;
  /** Of an effect, in a module that keeps its state itself. */
  readonly wantedLive?: string;
  /** Of an effect that a task may ask for: what the task gives to the module's `start`, as TypeScript. */
  readonly input?: string | undefined;
}

/** What a module calls the function that makes the state in which a task begins. */
export const startName = "start";
/** What a module that keeps its state itself calls the functions that put it back. */
export const liveName = "live";
/** Names of a module's exports that are no effects. */
const kept: readonly string[] = [startName, liveName];

/** How a module of effects has its state: by what it exports. */
export type Keeping = "start" | "live" | "none";

/**
 * The extern declarations of a program that could be understood, in the order of the text. Of a module with a path that
 * was refused there are none: such files are not looked at.
 * @param entry the flow that is played
 */
export function externsOf(program: Program, entry: FlowSymbol | undefined): readonly Extern[] {
  const types = program.types.filter(({ type }) => isWhole(type)).flatMap((each) => externType(each));
  const functions = [...program.externs.values()].filter(isUnderstood).map(externFunction);
  const asked = entry === undefined ? new Set() : effectsAskedBy(entry, program);
  const input = entry && inputOf(entry);
  const effects = [...program.effects.values()]
    .filter(isUnderstood)
    .map((each) => ({ ...externEffect(each), input: asked.has(each) ? input : undefined }));
  return [...types, ...functions, ...effects]
    .filter(({ name, kind, from }) => isModulePath(from.path) && !(kind === "effect" && kept.includes(name)))
    .map((each) => ({ ...each, folder: posix.dirname(program.sources.at(each.span.start).path) }))
    .sort((a, b) => a.span.start - b.span.start);
}

/** What a flow asks of the simulator, itself or through its sub-flows. */
function effectsAskedBy(entry: FlowSymbol, { facts, flows }: Program): ReadonlySet<EffectSymbol> {
  const calls = callsByFlow({ facts, flows: [...flows.values()] });
  const effects = new Set<EffectSymbol>();
  const seen = new Set([entry]);
  for (const flow of seen) {
    for (const callee of calls.get(flow) ?? []) {
      if (callee.kind === "flow") seen.add(callee);
      else if (callee.kind === "effect") effects.add(callee);
    }
  }
  return effects;
}

type Declared = Omit<Extern, "folder">;

/** What a flow takes, as TypeScript; nothing where that could not be understood. */
function inputOf({ parameters, declaration, broken }: FlowSymbol): string | undefined {
  const isKnown = isUnderstood({ parameters, declaration, broken, output: text });
  return isKnown ? structure(recordOf(parameters)) : undefined;
}

/** What is missing from a declaration was reported, and is not the module's fault. */
function isUnderstood({
  parameters,
  output,
  declaration,
  broken,
}: Pick<ExternSymbol, "parameters" | "output" | "broken"> & {
  readonly declaration: { readonly parameters: readonly Parameter[] };
}): boolean {
  const types = [...parameters.map(({ type }) => type), output];
  return !broken && parameters.length === declaration.parameters.length && types.every(isWhole);
}

function externType({ declaration, type }: TypeSymbol): Declared[] {
  return declaration.from === undefined
    ? []
    : [extern(declaration, declaration.from, "type", structure(type))];
}

function externFunction({ declaration, parameters, output }: ExternSymbol): Declared {
  const inputs = parameters.map(({ name, type }) => `${name}_: ${structure(type)}`);
  return extern(declaration, declaration.from, "function", `(${inputs.join(", ")}) => ${structure(output)}`);
}

function externEffect({ declaration, parameters, output }: EffectSymbol): Declared {
  const given = `inputs: ${structure(recordOf(parameters))}, random: () => number`;
  const result = structure(output);
  const wanted = `(state: State, ${given}) => { state: State; result: ${result} }`;
  return {
    ...extern(declaration, declaration.from, "effect", wanted),
    wantedLive: `(${given}) => ${result}`,
  };
}

function recordOf(parameters: readonly Variable[]): Type {
  const fields = new Map(parameters.map(({ name, type }) => [name, type]));
  return { kind: "record", name: undefined, fields };
}

function extern(
  { name }: TypeDeclaration | ExternFunction | ExternEffect,
  from: ModulePath,
  kind: Extern["kind"],
  wanted: string,
): Declared {
  return { name: name.name, kind, from, span: name.span, wanted };
}

/** With all names written out: what the flow calls a type is unknown to the module. */
function structure(type: Type): string {
  return printType(type, new Map());
}

/** The first lines of a probe, before the one for its first declaration. */
export const probeHead = 1;

/**
 * A TypeScript file that passes the type checker exactly if a module keeps what the flow declares of it. The
 * declaration with index `i` stands on line `probeHead + i`, from 0; after them, if the module has one, what its state begins
 * with.
 * @param input of a task
 */
export function probeText(
  module: string,
  externs: readonly Extern[],
  keeping: Keeping,
  input: string,
): string {
  const lines = externs.map((each, index) => `export const probe${index}: ${probeOf(each, keeping)};`);
  const effect = externs.find(({ kind }) => kind === "effect");
  const head = [
    `import * as given from ${JSON.stringify(module)};`,
    ...(effect === undefined ? [] : effectTypes(keeping, effect.name)),
  ];
  const begin = effect === undefined ? [] : beginning(keeping, input);
  return [head.join(" "), ...lines, ...begin].join("\n");
}

function beginning(keeping: Keeping, input: string): string[] {
  switch (keeping) {
    case "none":
      return [];
    case "start":
      return [`export const start: (input: ${input}) => unknown = given.start;`];
    case "live":
      return [
        `export const live: { reset(input: ${input}): unknown; snapshot?(): unknown; restore?(snapshot: never): unknown } = given.live;`,
      ];
  }
}

/** The rest of a constant's declaration. */
function probeOf({ name, kind, wanted, wantedLive = wanted }: Extern, keeping: Keeping): string {
  switch (kind) {
    case "type":
      // Fits in both directions: the flow makes such values and is given them.
      return `[given.${name}, ${wanted}] = null! as [${wanted}, given.${name}]`;
    case "function":
      return `${wanted} = given.${name}`;
    case "effect":
      return `OrLater<${keeping === "live" ? wantedLive : wanted}> = given.${name}`;
  }
}

/**
 * All effects of a module work on one type of state, which is the module's own: what `start` gives, or what one of the
 * effects takes, which begins with null then. An effect may give a promise.
 * @param first name of an effect
 */
function effectTypes(keeping: Keeping, first: string): string[] {
  const state =
    keeping === "start"
      ? "Awaited<ReturnType<typeof given.start>>"
      : `null | (typeof given.${first} extends (state: infer S, ...rest: never[]) => unknown ? S : never)`;
  return [
    ...(keeping === "live" ? [] : [`type State = ${state};`]),
    "type OrLater<F> = F extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never;",
  ];
}
