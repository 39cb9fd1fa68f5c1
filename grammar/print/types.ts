import type { Parameter, TypeNode } from "../ast.js";

export function printType(node: TypeNode): string {
  switch (node.kind) {
    case "named":
      return node.name;
    case "list":
      return `list<${printType(node.element)}>`;
    case "record":
      return node.fields.length === 0 ? "{}" : `{ ${printParameters(node.fields)} }`;
    case "optional":
      return `${printType(node.element)}?`;
    case "labels":
      return node.labels.map((each) => each.name).join(" | ");
    case "error":
      throw new Error("a type that could not be read cannot be printed");
  }
}

/** `name: type, name: type` */
export function printParameters(parameters: readonly Parameter[]): string {
  return parameters.map(({ name, type }) => `${name.name}: ${printType(type)}`).join(", ");
}
