import type { Type } from "../types/type.js";

type Schema = { [key: string]: unknown };

/** JSON Schema (2020-12) of one type; named records and labels stand in `$defs`, so shared parts stand once. */
export function schemaOf(type: Type): Schema {
  const definitions: Definitions = new Map();
  const schema = build(type, definitions);
  return definitions.size === 0 ? schema : { ...schema, $defs: Object.fromEntries(definitions.values()) };
}

/** What is met on the way. */
type Definitions = Map<Type, readonly [name: string, schema: Schema]>;

function build(type: Type, definitions: Definitions): Schema {
  switch (type.kind) {
    case "text":
      return { type: "string" };
    case "int":
      return { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
    case "float":
      return { type: "number" };
    case "bool":
      return { type: "boolean" };
    case "never":
      return { not: {} };
    case "optional":
      return { anyOf: [build(type.element, definitions), { type: "null" }] };
    case "list":
      return { type: "array", items: build(type.element, definitions) };
    case "labels":
    case "record":
      return type.name === undefined ? structure(type, definitions) : reference(type, type.name, definitions);
    case "unknown":
      throw new Error("a flow with errors was emitted");
  }
}

function reference(type: Type, wanted: string, definitions: Definitions): Schema {
  const name = definitions.get(type)?.[0] ?? freeName(wanted, definitions);
  if (!definitions.has(type)) {
    // Takes its place first, so that definitions stand in the order in which they are met.
    definitions.set(type, [name, {}]);
    definitions.set(type, [name, structure(type, definitions)]);
  }
  return { $ref: `#/$defs/${name}` };
}

/** Two files may give two types one name. */
function freeName(wanted: string, definitions: Definitions): string {
  const taken = new Set([...definitions.values()].map(([name]) => name));
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`;
  return name;
}

function structure(type: Type, definitions: Definitions): Schema {
  if (type.kind === "labels") return { type: "string", enum: type.labels };
  if (type.kind !== "record") throw new Error(`${type.kind} has no structure`);
  const properties = [...type.fields].map(([name, each]) => [name, build(each, definitions)]);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: [...type.fields.keys()],
    additionalProperties: false,
  };
}
