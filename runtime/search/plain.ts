/** Values within each other at most: deeper ones are no state that somebody meant, or contain themselves. */
export const DEEPEST = 1000;

/**
 * Freezes a value in depth, so that whoever tries to change it is found out at once.
 *
 * @param known what was looked at before, and is passed over: sealing a state costs what is new in it
 * @returns why it is no plain JSON value, e.g. `.stock[2] is undefined`, or undefined if it is one
 */
export function seal(value: unknown, known: WeakSet<object>): string | undefined {
  return sealed(value, known, "", 0);
}

function sealed(value: unknown, known: WeakSet<object>, path: string, depth: number): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `${named(path)} is ${value}`;
    case "object":
      break;
    case "undefined":
      return `${named(path)} is undefined`;
    default:
      return `${named(path)} is a ${typeof value}`;
  }
  if (value === null || known.has(value)) return undefined;
  if (depth > DEEPEST) return `it nests deeper than ${DEEPEST} levels, or contains itself`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isList = Array.isArray(value);
  if (!isList && prototype !== Object.prototype && prototype !== null) {
    return `${named(path)} is a ${(value.constructor as { name?: string } | undefined)?.name ?? "class instance"}`;
  }
  if (Object.getOwnPropertySymbols(value).length > 0) return `${named(path)} has a symbol among its keys`;
  const parts = isList ? Array.from(value, (each, index) => [index, each] as const) : Object.entries(value);
  for (const [key, each] of parts) {
    const problem = sealed(each, known, isList ? `${path}[${key}]` : `${path}.${key}`, depth + 1);
    if (problem !== undefined) return problem;
  }
  Object.freeze(value);
  known.add(value);
  return undefined;
}

function named(path: string): string {
  return path === "" ? "it" : path;
}
