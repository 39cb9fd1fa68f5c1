import type { Call, Expression } from "../../grammar/index.js";
import { presentOf, type Type } from "../types/type.js";

/** A plain value as JSON has it. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [field: string]: Plain };

/** What stands for `file(...)`, as the type wants it. */
export type FileValue = (call: Call, type: Type) => Plain;

/**
 * The value of an expression that is written out, with the fields of records in the order of their type.
 * @param file in tests: reads what is not written out here
 */
export function writtenValue(node: Expression, type: Type, file: FileValue = refuse): Plain {
  const present = presentOf(type);
  switch (node.kind) {
    case "text":
    case "number":
    case "bool":
      return node.value;
    case "unary":
      // JSON has no negative zero.
      return node.operand.kind === "number" ? 0 - node.operand.value : refuse(node);
    case "name":
      return present.kind === "labels" ? label(node.name, type) : null;
    case "list":
      return present.kind === "list"
        ? node.items.map((item) => writtenValue(item, present.element, file))
        : [];
    case "record": {
      if (present.kind !== "record") return refuse(node);
      const fields = [...present.fields].map(([name, each]) => {
        const entry = node.fields.find((field) => field.name.name === name);
        return [name, entry === undefined ? refuse(node) : writtenValue(entry.value, each, file)] as const;
      });
      return Object.fromEntries(fields);
    }
    case "call":
      return file(node, type);
    default:
      return refuse(node);
  }
}

/** Optional labels have none that is called `none`. */
function label(name: string, type: Type): Plain {
  return name === "none" && type.kind === "optional" ? null : name;
}

function refuse(node: Expression): never {
  throw new Error(`a ${node.kind} in a written value was lowered`);
}
