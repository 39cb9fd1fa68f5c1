import type { Type } from "./type.js";

/**
 * How large types may be. Whatever walks a type recurses, and a type that uses another twice is twice as large when it is
 * written out, as its values are.
 */
export const limits = {
  /** Types within each other. */
  levels: 100,
  /** Fields, elements and the like of a type with all that it uses written out. */
  parts: 10_000,
} as const;

interface Size {
  readonly levels: number;
  readonly parts: number;
}

const sizes = new WeakMap<Type, Size>();

/** Why a type is too large, as F009 says it; nothing if it is not. */
export function excess(type: Type): { readonly what: string; readonly limit: number } | undefined {
  const { levels, parts } = sizeOf(type);
  if (levels > limits.levels) return { what: "types within each other", limit: limits.levels };
  if (parts > limits.parts) return { what: "parts in a type", limit: limits.parts };
  return undefined;
}

function sizeOf(type: Type): Size {
  const known = sizes.get(type);
  if (known !== undefined) return known;
  let levels = 0;
  let parts = 1;
  for (const inner of innerTypes(type)) {
    const size = sizeOf(inner);
    levels = Math.max(levels, size.levels);
    parts += size.parts;
  }
  const size = { levels: levels + 1, parts };
  sizes.set(type, size);
  return size;
}

/** Whether nothing of the type is `unknown`. */
export function isWhole(type: Type): boolean {
  return type.kind !== "unknown" && [...innerTypes(type)].every(isWhole);
}

function innerTypes(type: Type): Iterable<Type> {
  if (type.kind === "list" || type.kind === "optional") return [type.element];
  return type.kind === "record" ? type.fields.values() : [];
}
