import { DataError } from "./error.js";
import type { Line } from "./lines.js";

/** A JSON object from outside: only its own properties count, so a `__proto__` in the data is a name like any other. */
export type Fields = ReadonlyMap<string, unknown>;

/** Reads typed fields of one row and says what is wrong with which field in which line. */
export class RowReader {
  readonly #where: { readonly path: string; readonly line: number };

  constructor(path: string, line: number) {
    this.#where = { path, line };
  }

  /** @throws DataError `field` */
  fail(field: string, expected: string): never {
    throw new DataError("field", `${field}: ${expected}`, this.#where);
  }

  /** The row itself: a line that holds one JSON object. */
  object(line: Line): Fields {
    let value: unknown;
    try {
      value = JSON.parse(line.text);
    } catch (cause) {
      throw new DataError("syntax", `not JSON (${(cause as Error).message})`, this.#where, cause);
    }
    const fields = asFields(value);
    if (fields !== undefined) return fields;
    throw new DataError("syntax", "expected a JSON object, one on each line", this.#where);
  }

  /** The value of a field that must be there. */
  required(fields: Fields, name: string, at = ""): unknown {
    if (!fields.has(name)) throw new DataError("field", `the field "${at}${name}" is missing`, this.#where);
    return fields.get(name);
  }

  text(fields: Fields, name: string, at = ""): string {
    const value = this.required(fields, name, at);
    return typeof value === "string" ? value : this.fail(`"${at}${name}"`, "expected a text");
  }

  flag(fields: Fields, name: string, at = ""): boolean {
    const value = this.required(fields, name, at);
    return typeof value === "boolean" ? value : this.fail(`"${at}${name}"`, "expected true or false");
  }

  index(fields: Fields, name: string, at = ""): number {
    const value = this.required(fields, name, at);
    return Number.isSafeInteger(value) && (value as number) >= 0
      ? (value as number)
      : this.fail(`"${at}${name}"`, "expected a whole number, 0 or more");
  }

  list(fields: Fields, name: string, at = ""): readonly unknown[] {
    const value = this.required(fields, name, at);
    return Array.isArray(value) ? value : this.fail(`"${at}${name}"`, "expected a list");
  }

  objects(fields: Fields, name: string): readonly Fields[] {
    return this.list(fields, name).map(
      (item, i) => asFields(item) ?? this.fail(`"${name}[${i}]"`, "expected an object"),
    );
  }

  texts(fields: Fields, name: string): readonly string[] {
    return this.list(fields, name).map((item, i) =>
      typeof item === "string" ? item : this.fail(`"${name}[${i}]"`, "expected a text"),
    );
  }
}

function asFields(value: unknown): Fields | undefined {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}
