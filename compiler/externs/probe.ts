import { posix } from "node:path";
import type { ExternFunction, ModulePath, Span, TypeDeclaration } from "../../grammar/index.js";
import type { ExternSymbol, Program, TypeSymbol } from "../check/symbols.js";
import { printType } from "../emit/types.js";
import type { Type } from "../types/type.js";

/** One declaration whose TypeScript side is to be looked at. */
export interface Extern {
  readonly name: string;
  readonly isType: boolean;
  /** Relative to the .flow file that declares it, as written. */
  readonly from: ModulePath;
  /** Of that file, from the folder of the program's main file. */
  readonly folder: string;
  readonly span: Span;
  /** What the flow declares, as TypeScript. */
  readonly wanted: string;
}

/** All extern declarations of a program, in the order of the text. */
export function externsOf(program: Program): readonly Extern[] {
  const types = program.types.flatMap((each) => externType(each));
  const functions = [...program.externs.values()].map(externFunction);
  return [...types, ...functions]
    .map((each) => ({ ...each, folder: posix.dirname(program.sources.at(each.span.start).path) }))
    .sort((a, b) => a.span.start - b.span.start);
}

type Declared = Omit<Extern, "folder">;

function externType({ declaration, type }: TypeSymbol): Declared[] {
  return declaration.from === undefined ? [] : [extern(declaration, declaration.from, true, structure(type))];
}

function externFunction({ declaration, parameters, output }: ExternSymbol): Declared {
  const inputs = parameters.map(({ name, type }) => `${name}_: ${structure(type)}`);
  return extern(declaration, declaration.from, false, `(${inputs.join(", ")}) => ${structure(output)}`);
}

function extern(
  { name }: TypeDeclaration | ExternFunction,
  from: ModulePath,
  isType: boolean,
  wanted: string,
): Declared {
  return { name: name.name, isType, from, span: name.span, wanted };
}

/** With all names written out: what the flow calls a type is unknown to the module. */
function structure(type: Type): string {
  return printType(type, new Map());
}

/** The first lines of a probe, before the one for its first declaration. */
export const probeHead = 1;

/**
 * A TypeScript file that passes the type checker exactly if a module keeps what the flow declares of it. The
 * declaration with index `i` stands on line `probeHead + i`, from 0.
 */
export function probeText(module: string, externs: readonly Extern[]): string {
  const lines = externs.map(({ name, isType, wanted }, index) =>
    isType
      ? // Fits in both directions: the flow makes such values and is given them.
        `export const probe${index}: [given.${name}, ${wanted}] = null! as [${wanted}, given.${name}];`
      : `export const probe${index}: ${wanted} = given.${name};`,
  );
  return [`import * as given from ${JSON.stringify(module)};`, ...lines].join("\n");
}
