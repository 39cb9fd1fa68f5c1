import { type Json, same } from "../../runtime/machine/index.js";

/** A place where two values differ; `undefined` where one of them has nothing there. */
export interface Difference {
  /** From the whole to the place: `.support[2]`, or nothing for the whole. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly found: Json | undefined;
}

/** Where two values differ, as deep inside as that can be said. */
export function differences(expected: Json, found: Json, path = ""): readonly Difference[] {
  if (same(expected, found)) return [];
  if (Array.isArray(expected) && Array.isArray(found)) {
    const length = Math.max(expected.length, found.length);
    return Array.from({ length }, (_, index) =>
      between(expected[index], found[index], `${path}[${index}]`),
    ).flat();
  }
  if (isRecord(expected) && isRecord(found)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
    return [...names].flatMap((name) => between(expected[name], found[name], `${path}.${name}`));
  }
  return [{ path, expected, found }];
}

function between(expected: Json | undefined, found: Json | undefined, path: string): readonly Difference[] {
  return expected === undefined || found === undefined
    ? [{ path, expected, found }]
    : differences(expected, found, path);
}

function isRecord(value: Json): value is { readonly [field: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
