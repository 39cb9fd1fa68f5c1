import type { Ask, Json, Reply } from "../machine/index.js";

/** Two texts that differ in case, white space or Unicode form alone are one alternative. */
export function normalizeText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
}

/** What was generated, such that two outputs that are one alternative are equal: the labels within a record stay as they are. */
export function normalizeOutput(ask: Ask, reply: Reply): string {
  if (reply.kind === "text") return normalizeText(reply.text);
  if (reply.kind !== "record" || ask.kind !== "record") throw new Error(`a ${reply.kind} was not generated`);
  const root = ask.schema as Schema;
  return JSON.stringify(normalizeValue(root, reply.value, (root.$defs ?? {}) as Schema));
}

type Schema = { readonly [key: string]: Json | undefined };

/** @param schema as the compiler writes them, which the value fits */
function normalizeValue(schema: Schema, value: Json, definitions: Schema): Json {
  if (typeof schema.$ref === "string") {
    return normalizeValue(definitions[schema.$ref.replace("#/$defs/", "")] as Schema, value, definitions);
  }
  if (Array.isArray(schema.anyOf)) {
    return value === null ? null : normalizeValue(schema.anyOf[0] as Schema, value, definitions);
  }
  if (schema.enum !== undefined) return value;
  if (typeof value === "string") return normalizeText(value);
  if (Array.isArray(value)) {
    return value.map((item: Json) => normalizeValue(schema.items as Schema, item, definitions));
  }
  if (typeof value !== "object" || value === null) return value;
  const properties = schema.properties as Schema;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      normalizeValue(properties[name] as Schema, each as Json, definitions),
    ]),
  );
}
