import type { Context, Figure, Measurement } from "./item.js";

/**
 * Measures the same thing several times.
 *
 * @param once is given a number that differs from call to call, warm-ups included, so that it can take other inputs
 *   each time; what it returns for a warm-up is dropped
 */
export async function repeat(
  { repetitions, warmups }: { readonly repetitions: number; readonly warmups: number },
  once: (index: number) => number | Promise<number>,
): Promise<readonly number[]> {
  const values: number[] = [];
  for (let index = 0; index < warmups + repetitions; index += 1) {
    const value = await once(index);
    if (index >= warmups) values.push(value);
  }
  return values;
}

/** How often a measurement is repeated: as given, or once each when in a hurry. */
export function often(
  { quick }: Pick<Context, "quick">,
  repetitions: number,
  warmups = 1,
): { readonly repetitions: number; readonly warmups: number } {
  return quick ? { repetitions: 1, warmups: Math.min(1, warmups) } : { repetitions, warmups };
}

/** Seconds that something takes. */
export async function seconds(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** How often per second some short work is done, over at least `milliseconds`. @param work @returns how much it did */
export function rateOf(milliseconds: number, work: () => number): number {
  const began = performance.now();
  let done = 0;
  let now = began;
  while (now - began < milliseconds) {
    done += work();
    now = performance.now();
  }
  return (done * 1000) / (now - began);
}

/** As `rateOf`, of work that is waited for: where each piece of it is long against a turn of the event loop. */
export async function rateOfAsync(milliseconds: number, work: () => Promise<number>): Promise<number> {
  const began = performance.now();
  let done = 0;
  let now = began;
  while (now - began < milliseconds) {
    done += await work();
    now = performance.now();
  }
  return (done * 1000) / (now - began);
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  const half = ordered.length >> 1;
  return ordered.length % 2 === 1 ? ordered[half]! : (ordered[half - 1]! + ordered[half]!) / 2;
}

/** A measurement as it is reported: its median, to four significant digits, and whether that meets the target. */
export function figureOf({ name, unit, values, target }: Measurement): Figure {
  const middle = median(values);
  const value = Number(middle.toPrecision(4));
  if (target === undefined) return { name, value, unit, target: null, met: null };
  const met = target.better === "higher" ? middle >= target.value : middle <= target.value;
  return { name, value, unit, target: target.value, met };
}
