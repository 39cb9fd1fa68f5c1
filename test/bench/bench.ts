import type { Context, Figure, Item, Measurement } from "./item.js";
import { alternatives } from "./items/alternatives.js";
import { calls } from "./items/calls.js";
import { check } from "./items/check.js";
import { deviations } from "./items/deviations.js";
import { eightFields } from "./items/eight-fields.js";
import { figures } from "./items/figures.js";
import { format } from "./items/format.js";
import { machine } from "./items/machine.js";
import { memory } from "./items/memory.js";
import { referenceDecode, referencePair, referenceScore } from "./items/reference.js";
import { weakDecode, weakEvaluate, weakScore } from "./items/weak-inference.js";
import { weakPairs, weakTrain } from "./items/weak-training.js";
import { workers } from "./items/workers.js";
import { figureOf } from "./measure.js";

const items: readonly Item[] = [
  machine,
  eightFields,
  check,
  format,
  calls,
  deviations,
  alternatives,
  referenceScore,
  referenceDecode,
  referencePair,
  weakScore,
  weakDecode,
  weakPairs,
  weakEvaluate,
  weakTrain,
  workers,
  figures,
  memory,
];

/** The items that `only` names, whole or as far as a slash; all without it. */
export function selected(only: string | undefined): readonly Item[] {
  return items.filter(({ name }) => only === undefined || name === only || name.startsWith(`${only}/`));
}

/** What `--only` takes. */
export function itemNames(): readonly string[] {
  return items.map(({ name }) => name);
}

/** Measures items one after another. */
export async function bench(chosen: readonly Item[], context: Context): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const item of chosen) {
    for (const measurement of await item.measure(context)) {
      measurements.push(measurement);
      context.note(describe(measurement));
    }
  }
  return measurements;
}

/** A measurement with its spread, for people. */
function describe(measurement: Measurement): string {
  const { name, value, unit } = figureOf(measurement);
  const { values } = measurement;
  if (values.length === 1) return `${name}: ${value} ${unit}, measured once`;
  const [low, high] = [Math.min(...values), Math.max(...values)].map((each) => Number(each.toPrecision(4)));
  return `${name}: ${value} ${unit}, median of ${values.length} (${low} to ${high})`;
}

/** The figures as a table for people. */
export function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => {
    const { name, value, unit, target, met }: Figure = figureOf(measurement);
    const least = measurement.target?.better === "higher" ? "at least" : "at most";
    const verdict = target === null ? "" : `${least} ${target}: ${met ? "met" : "missed"}`;
    return [name, `${value}`, unit, `${measurement.values.length}`, verdict];
  });
  const all = [["figure", "median", "unit", "repetitions", "target"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}
