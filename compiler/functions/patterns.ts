import type { Type } from "../types/type.js";
import type { BuiltIn, Pattern, Signature } from "./signature.js";

/** Short ways to write the table of functions. */

export const text: Pattern = { kind: "text" };
export const int: Pattern = { kind: "int" };
export const float: Pattern = { kind: "float" };
export const bool: Pattern = { kind: "bool" };
/** Any type. */
export const T: Pattern = variable("T");
/** An int or a float. */
export const N: Pattern = variable("N", "int", "float");
/** What can be inserted into a prompt. */
export const V: Pattern = variable("V", "text", "int", "float", "bool", "labels");

function variable(name: string, ...among: readonly Type["kind"][]): Pattern {
  return { kind: "variable", name, among: among.length === 0 ? undefined : new Set(among) };
}

export function list(element: Pattern): Pattern {
  return { kind: "list", element };
}

export function optional(element: Pattern): Pattern {
  return { kind: "optional", element };
}

type Inputs = Readonly<Record<string, Pattern>>;

/** A signature whose evaluation always gives a result. */
export function total(emitted: string, inputs: Inputs, result: Pattern): Signature {
  return signature(emitted, inputs, result, false);
}

/** A signature whose evaluation may end the flow with a FlowFailure. */
export function failing(emitted: string, inputs: Inputs, result: Pattern): Signature {
  return signature(emitted, inputs, result, true);
}

function signature(emitted: string, inputs: Inputs, result: Pattern, fails: boolean): Signature {
  const parameters = Object.entries(inputs).map(([name, type]) => ({ name, type }));
  return { parameters, result, emitted, fails };
}

export function builtIn(name: string, doc: string, ...signatures: readonly Signature[]): BuiltIn {
  return { name, doc, signatures };
}
