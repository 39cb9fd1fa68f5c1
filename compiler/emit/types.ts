import type { Type } from "../types/type.js";
import { quote } from "./text.js";

/** What the emitted file calls the types that the source names: two files may give two types one name. */
export type TypeNames = ReadonlyMap<Type, string>;

/** A type as TypeScript. */
export function printType(type: Type, names: TypeNames): string {
  switch (type.kind) {
    case "text":
      return "string";
    case "int":
    case "float":
      return "number";
    case "bool":
      return "boolean";
    // An element of an empty list, which is never there: whatever the flow does with it must pass the type check.
    case "never":
      return "any";
    case "list": {
      const element = printType(type.element, names);
      return `readonly ${/^[\w.]+$/.test(element) ? element : `(${element})`}[]`;
    }
    case "optional":
      return `${printType(type.element, names)} | null`;
    case "labels":
      return names.get(type) ?? type.labels.map(quote).join(" | ");
    case "record":
      return names.get(type) ?? printFields(type.fields, names);
    case "unknown":
      throw new Error("a flow with errors was emitted");
  }
}

function printFields(fields: ReadonlyMap<string, Type>, names: TypeNames): string {
  const members = [...fields].map(([name, type]) => `readonly ${name}: ${printType(type, names)}`);
  return members.length === 0 ? "{}" : `{ ${members.join("; ")} }`;
}
