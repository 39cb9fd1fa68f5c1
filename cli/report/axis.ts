/** The round numbers between two values at which an axis has its ticks: about so many of them. */
export function ticks(low: number, high: number, about: number): readonly number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((each) => each >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Multiplied, not added up, so that 0.3 is 0.3.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** What lies beyond cannot be told apart on paper, and its differences overflow. */
const LARGEST = 1e12;
const SMALLEST = 1e-12;

/** A value as it is drawn. */
export function bounded(value: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}

/** A range that holds all values, as far as they are finite, with some room, and 0 if they lie near it. */
export function rangeOf(values: readonly number[]): readonly [low: number, high: number] {
  const drawn = values.filter(Number.isFinite).map(bounded);
  if (drawn.length === 0) return [0, 1];
  const least = Math.min(...drawn);
  const most = Math.max(...drawn);
  const size = Math.max(Math.abs(least), Math.abs(most));
  if (most - least <= Math.max(SMALLEST, 1e-9 * size)) {
    if (size < SMALLEST) return [least < 0 ? -1 : 0, 1];
    return least > 0 ? [0, 1.5 * most] : [1.5 * least, 0];
  }
  const room = 0.06 * (most - least);
  if (least >= 0 && least < 0.6 * most) return [0, most + room];
  return [least - room, most + room];
}

/** What stands at a tick. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  if (size !== 0 && size < 1e-3) return value.toExponential(0);
  return String(Number(value.toPrecision(4))).replace("-", "−");
}
