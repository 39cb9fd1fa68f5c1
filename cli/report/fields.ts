import { type Fields, isFields } from "./json-lines.js";

/* Values out of a run's files: they may come from another version, so what is not of the kind asked for is not there. */

export function numberOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" ? value : undefined;
}

const LONGEST_NAME = 80;

/** A name as it stands in headings: what nobody would have called an agent is cut. */
export function nameOf(text: string): string {
  return text.length <= LONGEST_NAME ? text : `${text.slice(0, LONGEST_NAME)}…`;
}

export function fieldsOf(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isFields(value) ? value : {};
}

/** The numbers in a field, by name. */
export function numbersOf(fields: Fields, name: string): ReadonlyMap<string, number> {
  const inner = fieldsOf(fields, name);
  return new Map(
    Object.keys(inner).flatMap((key) => {
      const value = numberOf(inner, key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/** The texts in a field, by name. */
export function textsOf(fields: Fields, name: string): ReadonlyMap<string, string> {
  const entries = Object.entries(fieldsOf(fields, name));
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

export function listOf(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
}
