import { join, listOf, optionalOf, type Type } from "../types/type.js";

/** The type of a parameter or a result of a built-in function; `T` and the like stand for a type of the call's own. */
export type Pattern =
  | { readonly kind: "text" | "int" | "float" | "bool" }
  | { readonly kind: "list" | "optional"; readonly element: Pattern }
  | {
      readonly kind: "variable";
      readonly name: string;
      /** The kinds of type that it may stand for; all if there are none. */
      readonly among: ReadonlySet<Type["kind"]> | undefined;
    };

/** One way in which a built-in function can be called. */
export interface Signature {
  readonly parameters: readonly { readonly name: string; readonly type: Pattern }[];
  readonly result: Pattern;
  /** What is called in the emitted code: a function of `flowc/machine`'s `texts`, `lists` or `numbers`. */
  readonly emitted: string;
  /** Whether it may end the flow with a FlowFailure; it is then told its place as its last argument. */
  readonly fails: boolean;
}

/** A function of the language. */
export interface BuiltIn {
  readonly name: string;
  /** What it gives, as one sentence. */
  readonly doc: string;
  /** Tried in this order. */
  readonly signatures: readonly Signature[];
}

/** `slice(of: list<T>, from: int, to: int) -> list<T>` */
export function showSignature(name: string, { parameters, result }: Signature): string {
  const inputs = parameters.map((each) => `${each.name}: ${showPattern(each.type)}`);
  return `${name}(${inputs.join(", ")}) -> ${showPattern(result)}`;
}

function showPattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case "list":
      return `list<${showPattern(pattern.element)}>`;
    case "optional":
      return `${showPattern(pattern.element)}?`;
    case "variable":
      return pattern.name;
    default:
      return pattern.kind;
  }
}

/** The result's type if the signature takes inputs of these types, or nothing. */
export function resultOf(signature: Signature, types: readonly Type[]): Type | undefined {
  const { parameters, result } = signature;
  const bound = new Map<string, Type>();
  if (types.length !== parameters.length) return undefined;
  return types.every((type, index) => matches(parameters[index]!.type, type, bound))
    ? filledIn(result, bound)
    : undefined;
}

/** The type that a pattern without variables means. */
export function typeOfPattern(pattern: Pattern): Type | undefined {
  return hasVariable(pattern) ? undefined : filledIn(pattern, new Map());
}

function hasVariable(pattern: Pattern): boolean {
  return pattern.kind === "variable" || ("element" in pattern && hasVariable(pattern.element));
}

function matches(pattern: Pattern, type: Type, bound: Map<string, Type>): boolean {
  if (type.kind === "unknown" || type.kind === "never") return true;
  switch (pattern.kind) {
    case "list":
      return type.kind === "list" && matches(pattern.element, type.element, bound);
    case "optional":
      return matches(pattern.element, type.kind === "optional" ? type.element : type, bound);
    case "variable": {
      if (pattern.among !== undefined && !pattern.among.has(type.kind)) return false;
      const earlier = bound.get(pattern.name);
      const joined = earlier === undefined ? type : join(earlier, type);
      if (joined !== undefined) bound.set(pattern.name, joined);
      return joined !== undefined;
    }
    default:
      return type.kind === pattern.kind || (type.kind === "int" && pattern.kind === "float");
  }
}

function filledIn(pattern: Pattern, bound: ReadonlyMap<string, Type>): Type {
  switch (pattern.kind) {
    case "list":
      return listOf(filledIn(pattern.element, bound));
    case "optional":
      return optionalOf(filledIn(pattern.element, bound));
    case "variable":
      // Only what an empty list holds leaves a variable without a type.
      return bound.get(pattern.name) ?? { kind: "never" };
    default:
      return { kind: pattern.kind };
  }
}
