import { posix } from "node:path";
import type { ExternEffect, ExternFunction, ModulePath, Span, TypeDeclaration } from "../../grammar/index.js";
import type { EffectSymbol, ExternSymbol, Program, TypeSymbol, Variable } from "../check/symbols.js";
import { printType } from "../emit/types.js";
import type { Type } from "../types/type.js";

/** One declaration whose TypeScript side is to be looked at. */
export interface Extern {
  readonly name: string;
  readonly kind: "type" | "function" | "effect";
  /** Relative to the .flow file that declares it, as written. */
  readonly from: ModulePath;
  /** Of that file, from the folder of the program's main file. */
  readonly folder: string;
  readonly span: Span;
  /** What the flow declares, as TypeScript. */
  readonly wanted: string;
}

/** What a module calls the function that makes the state in which a task begins. */
export const startName = "start";

/** All extern declarations of a program, in the order of the text. */
export function externsOf(program: Program): readonly Extern[] {
  const types = program.types.flatMap((each) => externType(each));
  const functions = [...program.externs.values()].map(externFunction);
  const effects = [...program.effects.values()].map(externEffect);
  return [...types, ...functions, ...effects]
    .map((each) => ({ ...each, folder: posix.dirname(program.sources.at(each.span.start).path) }))
    .sort((a, b) => a.span.start - b.span.start);
}

type Declared = Omit<Extern, "folder">;

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
  const given = `state: State, inputs: ${structure(recordOf(parameters))}, random: () => number`;
  const wanted = `(${given}) => { state: State; result: ${structure(output)} }`;
  return extern(declaration, declaration.from, "effect", wanted);
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
 * declaration with index `i` stands on line `probeHead + i`, from 0; after them, if the module has one, its `start`.
 */
export function probeText(module: string, externs: readonly Extern[], hasStart: boolean): string {
  const lines = externs.map((each, index) => `export const probe${index}: ${probeOf(each)};`);
  const effect = externs.find(({ kind }) => kind === "effect");
  const head = [
    `import * as given from ${JSON.stringify(module)};`,
    ...(effect === undefined ? [] : effectTypes(hasStart ? undefined : effect.name)),
  ];
  const start =
    effect !== undefined && hasStart ? [`export const start: (input: any) => unknown = given.start;`] : [];
  return [head.join(" "), ...lines, ...start].join("\n");
}

/** The rest of a constant's declaration. */
function probeOf({ name, kind, wanted }: Extern): string {
  switch (kind) {
    case "type":
      // Fits in both directions: the flow makes such values and is given them.
      return `[given.${name}, ${wanted}] = null! as [${wanted}, given.${name}]`;
    case "function":
      return `${wanted} = given.${name}`;
    case "effect":
      return `OrLater<${wanted}> = given.${name}`;
  }
}

/**
 * All effects of a module work on one type of state, which is the module's own: what `start` gives, or what one of the
 * effects takes, which begins with null then. An effect may give a promise.
 */
function effectTypes(first: string | undefined): string[] {
  const state =
    first === undefined
      ? "Awaited<ReturnType<typeof given.start>>"
      : `null | (typeof given.${first} extends (state: infer S, ...rest: never[]) => unknown ? S : never)`;
  return [
    `type State = ${state};`,
    "type OrLater<F> = F extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never;",
  ];
}
