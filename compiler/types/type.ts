/** The types of the language. Records are structural: a type's name is only another way to write it. */
export type Type =
  | { readonly kind: "text" | "int" | "float" | "bool" }
  | { readonly kind: "list"; readonly element: Type }
  | OptionalType
  | RecordType
  | LabelsType
  /** Of the elements of `[]`, and of what `none` is not: fits everywhere. */
  | { readonly kind: "never" }
  /** Of what could not be understood: fits everywhere and is silent, since its cause was reported. */
  | { readonly kind: "unknown" };

export interface RecordType {
  readonly kind: "record";
  /** In the order of their declaration. */
  readonly fields: ReadonlyMap<string, Type>;
  /** What the source calls it, if it has a name. */
  readonly name: string | undefined;
}

export interface LabelsType {
  readonly kind: "labels";
  /** Two or more, distinct, in the order of their declaration. */
  readonly labels: readonly string[];
  readonly name: string | undefined;
}

/** A value or `none`. Never an optional of an optional: there is one `none`. */
export interface OptionalType {
  readonly kind: "optional";
  readonly element: Exclude<Type, { readonly kind: "optional" }>;
}

export const text: Type = { kind: "text" };
export const int: Type = { kind: "int" };
export const float: Type = { kind: "float" };
export const bool: Type = { kind: "bool" };
export const never: Type = { kind: "never" };
export const unknown: Type = { kind: "unknown" };

export function listOf(element: Type): Type {
  return { kind: "list", element };
}

/** `TYPE?`; an optional type stays as it is. */
export function optionalOf(type: Type): Type {
  return type.kind === "optional" || type.kind === "unknown" ? type : { kind: "optional", element: type };
}

/** The type of a value that is known not to be `none`. */
export function presentOf(type: Type): Type {
  return type.kind === "optional" ? type.element : type;
}

/** The type of `none`. */
export const none: Type = { kind: "optional", element: never };

export function isNumber(type: Type): boolean {
  return type.kind === "int" || type.kind === "float";
}

/** What the source calls the type, if it has a name. */
export function nameOf(type: Type): string | undefined {
  return type.kind === "record" || type.kind === "labels" ? type.name : undefined;
}

/** The type as the source would write it. */
export function show(type: Type): string {
  switch (type.kind) {
    case "list":
      return type.element.kind === "never" ? "an empty list" : `list<${show(type.element)}>`;
    case "optional":
      return type.element.kind === "never" ? "none" : `${show(type.element)}?`;
    case "record":
      return (
        type.name ?? `{ ${[...type.fields].map(([name, each]) => `${name}: ${show(each)}`).join(", ")} }`
      );
    case "labels":
      return type.name ?? type.labels.join(" | ");
    default:
      return type.kind;
  }
}

/** Whether a value of `from` may stand where `to` is wanted: ints as floats, fewer labels for more, field by field. */
export function fits(from: Type, to: Type): boolean {
  if (from === to || from.kind === "unknown" || to.kind === "unknown" || from.kind === "never") return true;
  if (from.kind === "int" && to.kind === "float") return true;
  if (to.kind === "optional") return fits(presentOf(from), to.element);
  if (from.kind === "list" && to.kind === "list") return fits(from.element, to.element);
  if (from.kind === "labels" && to.kind === "labels")
    return from.labels.every((label) => to.labels.includes(label));
  if (from.kind === "record" && to.kind === "record") {
    if (from.fields.size !== to.fields.size) return false;
    return [...to.fields].every(([name, type]) => {
      const own = from.fields.get(name);
      return own !== undefined && fits(own, type);
    });
  }
  return from.kind === to.kind;
}

/** The narrower type that both fit, or nothing. */
export function join(a: Type, b: Type): Type | undefined {
  if (fits(a, b)) return b;
  if (fits(b, a)) return a;
  if (a.kind !== "optional" && b.kind !== "optional") return undefined;
  const element = join(presentOf(a), presentOf(b));
  return element && optionalOf(element);
}
