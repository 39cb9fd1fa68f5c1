import type { Agent, Json } from "../../runtime/machine/index.js";
import type { Value } from "./interpreter-values.js";

/** What an answer looks like, whether the tree or the machine says so. */
export type Shape =
  | "text"
  | "int"
  | "float"
  | "bool"
  | { readonly labels: readonly string[] }
  | { readonly list: Shape }
  | { readonly optional: Shape }
  | { readonly fields: readonly (readonly [string, Shape])[] };

/** The checker's types, as far as they matter here. */
type Type =
  | { readonly kind: "text" | "int" | "float" | "bool" | "never" | "unknown" }
  | { readonly kind: "list" | "optional"; readonly element: Type }
  | { readonly kind: "labels"; readonly labels: readonly string[] }
  | { readonly kind: "record"; readonly fields: ReadonlyMap<string, Type> };

export function shapeOfType(type: Type): Shape {
  switch (type.kind) {
    case "labels":
      return { labels: type.labels };
    case "list":
      return { list: shapeOfType(type.element) };
    case "optional":
      return { optional: shapeOfType(type.element) };
    case "record":
      return { fields: [...type.fields].map(([name, each]) => [name, shapeOfType(each)] as const) };
    case "never":
    case "unknown":
      throw new Error("an answer of no type");
    default:
      return type.kind;
  }
}

export function shapeOfOutput(output: Agent["output"]): Shape {
  if (output.kind === "text") return "text";
  if (output.kind === "labels") return { labels: output.labels };
  return shapeOfSchema(output.schema, (output.schema as Record<string, Json>).$defs ?? {});
}

export function shapeOfSchema(schema: Json, definitions: Json): Shape {
  const node = schema as Record<string, Json>;
  const inner = (each: Json | undefined) => shapeOfSchema(each!, definitions);
  if (typeof node.$ref === "string") {
    return inner((definitions as Record<string, Json>)[node.$ref.replace("#/$defs/", "")]);
  }
  if (Array.isArray(node.anyOf)) return { optional: inner(node.anyOf[0]) };
  if (Array.isArray(node.enum)) return { labels: node.enum as string[] };
  switch (node.type) {
    case "string":
      return "text";
    case "integer":
      return "int";
    case "number":
      return "float";
    case "boolean":
      return "bool";
    case "array":
      return { list: inner(node.items) };
    case "object":
      return { fields: Object.entries(node.properties!).map(([name, each]) => [name, inner(each)] as const) };
    default:
      throw new Error(`no shape of ${JSON.stringify(schema)}`);
  }
}

/** A value of a shape that numbers decide. */
export function sampleOf(shape: Shape, next: () => number): Value {
  if (shape === "text") return ["", "one", "x", "A"][next() % 4]!;
  if (shape === "int") return (next() % 7) - 2;
  if (shape === "float") return ((next() % 9) - 4) / 2;
  if (shape === "bool") return next() % 2 === 0;
  if ("labels" in shape) return shape.labels[next() % shape.labels.length]!;
  if ("list" in shape) return Array.from({ length: next() % 3 }, () => sampleOf(shape.list, next));
  if ("optional" in shape) return next() % 2 === 0 ? null : sampleOf(shape.optional, next);
  return Object.fromEntries(shape.fields.map(([name, each]) => [name, sampleOf(each, next)]));
}

/** A value with the fields of its records in the order of their declaration. */
export function ordered(value: Value, shape: Shape): Value {
  if (value === null || typeof shape === "string" || "labels" in shape) return value;
  if ("optional" in shape) return ordered(value, shape.optional);
  if ("list" in shape) return (value as readonly Value[]).map((item) => ordered(item, shape.list));
  const record = value as Record<string, Value>;
  return Object.fromEntries(shape.fields.map(([name, each]) => [name, ordered(record[name]!, each)]));
}
