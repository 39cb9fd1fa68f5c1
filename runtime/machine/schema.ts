import type { Json } from "./json.js";

/** A value as a schema has it, or why it does not fit, e.g. `.steps[2] is 1.5, where a whole number is wanted`. */
export type Conformed = { readonly value: Json } | { readonly problem: string };

type Schema = { readonly [key: string]: Json | undefined };

/**
 * Holds a value against a JSON Schema as the compiler writes them: `string`, `integer` with bounds, `number`, `boolean`,
 * `array`, `object` with exactly its properties, `enum` of texts, `anyOf` with null, and `$ref` into `$defs`.
 *
 * The value that comes back has its fields in the schema's order and no negative zero, so that values that are the same
 * are the same bytes in a state.
 *
 * @throws Error for a schema that the compiler does not write
 */
export function conform(schema: Json, value: Json): Conformed {
  const root = schema as Schema;
  try {
    return { value: fitted(root, value, "", (root.$defs ?? {}) as Schema) };
  } catch (thrown) {
    if (thrown instanceof Misfit) return { problem: thrown.message };
    throw thrown;
  }
}

class Misfit extends Error {}

function misfit(path: string, value: unknown, wanted: string): Misfit {
  return new Misfit(`${path === "" ? "it" : path} is ${shown(value)}, where ${wanted} is wanted`);
}

function fitted(schema: Schema, value: Json | undefined, path: string, definitions: Schema): Json {
  if (typeof schema.$ref === "string") {
    return fitted(definitionOf(schema.$ref, definitions), value, path, definitions);
  }
  if (Array.isArray(schema.anyOf)) {
    if (value === null) return null;
    return fitted(schema.anyOf[0] as Schema, value, path, definitions);
  }
  if (Array.isArray(schema.enum)) {
    const labels = schema.enum as readonly Json[];
    if (!labels.includes(value as Json)) throw misfit(path, value, `one of ${labels.join(", ")}`);
    return value as Json;
  }
  switch (schema.type) {
    case "string":
      if (typeof value !== "string") throw misfit(path, value, "a text");
      return value;
    case "boolean":
      if (typeof value !== "boolean") throw misfit(path, value, "true or false");
      return value;
    case "integer":
      if (!Number.isSafeInteger(value)) throw misfit(path, value, "a whole number");
      return (value as number) + 0;
    case "number":
      if (typeof value !== "number" || !Number.isFinite(value)) throw misfit(path, value, "a number");
      return value + 0;
    case "array": {
      if (!Array.isArray(value)) throw misfit(path, value, "a list");
      const items = schema.items as Schema;
      return value.map((item, index) => fitted(items, item, `${path}[${index}]`, definitions));
    }
    case "object":
      return fittedRecord(schema, value, path, definitions);
    default:
      throw new Error(`a schema that no flow has: ${JSON.stringify(schema)}`);
  }
}

function fittedRecord(schema: Schema, value: Json | undefined, path: string, definitions: Schema): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw misfit(path, value, "a record");
  }
  const properties = schema.properties as Schema;
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(properties, name)) throw new Misfit(`${path}.${name} is no field of it`);
  }
  const fields = Object.entries(properties).map(([name, each]) => {
    const own = Object.hasOwn(value, name) ? (value as Schema)[name] : undefined;
    return [name, fitted(each as Schema, own, `${path}.${name}`, definitions)] as const;
  });
  return Object.fromEntries(fields);
}

function definitionOf(reference: string, definitions: Schema): Schema {
  const name = reference.replace(/^#\/\$defs\//, "");
  if (!Object.hasOwn(definitions, name)) throw new Error(`a schema without the definition ${reference}`);
  return definitions[name] as Schema;
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
