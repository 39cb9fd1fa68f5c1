const UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["K", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
]);

/** Bytes of a size such as `500MB`, `1.5GB` or `4000`; undefined if it is none. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d{1,15}(?:\.\d{1,6})?)\s*([KMGT]?)B?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * UNITS.get(unit.toUpperCase())!);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** Bytes with a unit of a thousand, e.g. `1.2 GB`. */
export function showBytes(bytes: number): string {
  for (const [unit, size] of [...UNITS].reverse()) {
    if (bytes >= size && unit !== "") return `${(bytes / size).toFixed(1)} ${unit}B`;
  }
  return `${bytes} B`;
}
