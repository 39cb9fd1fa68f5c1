import {
  type FunctionDeclarationStructure,
  type InterfaceDeclarationStructure,
  type StatementStructures,
  StructureKind,
  type TypeAliasDeclarationStructure,
} from "ts-morph";
import { comment } from "./text.js";

/** Short ways to write the ts-morph structures that emitted modules are made of. */

export function importOf(namedImports: string[], isTypeOnly: boolean): StatementStructures {
  return {
    kind: StructureKind.ImportDeclaration,
    moduleSpecifier: "flowc/machine",
    namedImports,
    isTypeOnly,
  };
}

/** @param module its path, which must be free of quotes and escapes: ts-morph writes it as it is */
export function importExtern(
  module: string,
  names: readonly (readonly [string, string])[],
): StatementStructures {
  return {
    kind: StructureKind.ImportDeclaration,
    moduleSpecifier: module,
    namedImports: names.map(([name, alias]) => (name === alias ? name : { name, alias })),
  };
}

export function interfaceOf(
  name: string,
  fields: readonly (readonly [string, string])[],
  doc: string,
): InterfaceDeclarationStructure {
  return {
    kind: StructureKind.Interface,
    name,
    isExported: true,
    docs: docs(doc),
    properties: fields.map(([field, type]) => ({ name: field, type, isReadonly: true })),
  };
}

export function aliasOf(name: string, type: string, doc: string): TypeAliasDeclarationStructure {
  return { kind: StructureKind.TypeAlias, name, type, isExported: true, docs: docs(doc) };
}

/** One of several types, as text: on one line where they fit, else a line for each. */
export function unionOf(
  name: string,
  types: readonly string[],
  { doc, exported }: { readonly doc: string; readonly exported: boolean },
): string {
  const flat = ` ${types.join(" | ")}`;
  const union = flat.length <= 80 ? flat : types.map((type) => `\n  | ${type}`).join("");
  return `/** ${comment(doc)} */\n${exported ? "export " : ""}type ${name} =${union};`;
}

/** A constant, as text: in a structure ts-morph would indent the later lines of its value once more. */
export function constant(name: string, type: string, initializer: string, doc?: string): string {
  const head = doc === undefined ? "" : `/** ${comment(doc)} */\nexport `;
  return `\n${head}const ${name}: ${type} = ${initializer};`;
}

export function fn(
  name: string,
  parameters: readonly (readonly [string, string])[],
  returnType: string,
  statements: string,
  options: { doc?: string; exported?: boolean } = {},
): FunctionDeclarationStructure {
  return {
    kind: StructureKind.Function,
    name,
    isExported: options.exported === true,
    docs: docs(options.doc ?? ""),
    parameters: parameters.map(([parameter, type]) => ({ name: parameter, type })),
    returnType,
    statements,
  };
}

export function switchOnState(cases: readonly string[]): string {
  return ["switch (state.at) {", ...cases.map((line) => `  ${line}`), "}"].join("\n");
}

function docs(doc: string): string[] {
  return doc === "" ? [] : [comment(doc)];
}
