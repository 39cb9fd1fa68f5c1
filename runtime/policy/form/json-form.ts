import type { Json } from "../../machine/index.js";
import {
  AutomatonBuilder,
  atMost,
  type ByteAutomaton,
  either,
  literal,
  optional,
  type Part,
  range,
  repeated,
  sequence,
} from "./byte-automaton.js";

type Schema = { readonly [key: string]: Json | undefined };

/**
 * All texts in which a model may give a value of a JSON Schema, as the compiler writes these: JSON without blanks, every
 * field in its order, and one spelling for each value.
 *
 * Texts are well-formed Unicode without control characters but line breaks and tabs. Ints have up to 15 digits,
 * floats with a point up to 9 before it and 6 after it: so many are exact, and no two spellings are one number.
 *
 * @throws FormTooLarge
 * @throws Error for a schema that the compiler does not write
 */
export function jsonForm(schema: Json): ByteAutomaton {
  const root = schema as Schema;
  const builder = new AutomatonBuilder();
  return builder.finish(formOf(root, (root.$defs ?? {}) as Schema, 0)(builder, 0));
}

/** A type's depth in the language is less, so only a schema that leads back into itself is as deep. */
const DEPTH = 300;

function formOf(schema: Schema, definitions: Schema, depth: number): Part {
  if (depth > DEPTH) throw new Error("a schema that contains itself");
  const inner =
    (each: Json | undefined): Part =>
    (builder, from) =>
      formOf(each as Schema, definitions, depth + 1)(builder, from);
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.replace(/^#\/\$defs\//, "");
    if (!Object.hasOwn(definitions, name)) throw new Error(`a schema without the definition ${schema.$ref}`);
    return inner(definitions[name]);
  }
  if (Array.isArray(schema.anyOf)) return either(literal("null"), inner(schema.anyOf[0]));
  if (Array.isArray(schema.enum)) {
    return either(...(schema.enum as readonly Json[]).map((label) => literal(JSON.stringify(label))));
  }
  switch (schema.type) {
    case "string":
      return text;
    case "boolean":
      return either(literal("true"), literal("false"));
    case "integer":
      return int;
    case "number":
      return float;
    case "array":
      return list(inner(schema.items));
    case "object":
      return record(Object.entries(schema.properties as Schema).map(([name, each]) => [name, inner(each)]));
    default:
      throw new Error(`a schema that no flow has: ${JSON.stringify(schema)}`);
  }
}

function list(element: Part): Part {
  return (builder, from) => {
    const begun = literal("[")(builder, from);
    const before = builder.state();
    builder.free(begun, before);
    const after = element(builder, before);
    builder.edge(after, comma, comma, before);
    const end = literal("]")(builder, after);
    builder.edge(begun, closing, closing, end);
    return end;
  };
}

const comma = ",".charCodeAt(0);
const closing = "]".charCodeAt(0);

function record(fields: readonly (readonly [string, Part])[]): Part {
  const parts = fields.flatMap(([name, value], index) => [
    literal(`${index === 0 ? "" : ","}${JSON.stringify(name)}:`),
    value,
  ]);
  return sequence(literal("{"), ...parts, literal("}"));
}

const more = range(0x80, 0xbf);

/** One character inside a text: UTF-8 without surrogates and overlong forms (RFC 3629), or an escape. */
const character = either(
  range(0x20, 0x21),
  range(0x23, 0x5b),
  range(0x5d, 0x7e),
  sequence(literal("\\"), either(literal('"'), literal("\\"), literal("n"), literal("t"))),
  sequence(range(0xc2, 0xdf), more),
  sequence(range(0xe0, 0xe0), range(0xa0, 0xbf), more),
  sequence(either(range(0xe1, 0xec), range(0xee, 0xef)), more, more),
  sequence(range(0xed, 0xed), range(0x80, 0x9f), more),
  sequence(range(0xf0, 0xf0), range(0x90, 0xbf), more, more),
  sequence(range(0xf1, 0xf3), more, more, more),
  sequence(range(0xf4, 0xf4), range(0x80, 0x8f), more, more),
);

const text = sequence(literal('"'), repeated(character), literal('"'));

const digit = range(0x30, 0x39);
const first = range(0x31, 0x39);
const sign = optional(literal("-"));
const whole = (digits: number): Part => sequence(first, atMost(digits - 1, digit));
const int = either(literal("0"), sequence(sign, whole(15)));

/** After the point, digits of which the last is not 0. */
const fraction = sequence(literal("."), atMost(5, digit), first);
const float = either(int, sequence(sign, either(literal("0"), whole(9)), fraction));
