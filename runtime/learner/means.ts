export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Means by name, over the judgements that have it. */
export function meanMetrics(
  all: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  const names = [...new Set(all.flatMap((metrics) => Object.keys(metrics)))];
  const of = (name: string) => mean(all.flatMap((metrics) => metrics[name] ?? []));
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}
