import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Arm } from "./arms.js";
import type { ToldQuestion } from "./episodes.js";
import { identityOf, type Job, nameOf } from "./jobs.js";

/** Figures of the questions of a file, column by column, in the order of `Evaluation.ids`. */
export type Columns = Readonly<Record<string, readonly number[]>>;

export interface Evaluation {
  readonly data: string;
  readonly ids: readonly string[];
  readonly columns: Columns;
}

/** What monitoring questions earned when so much had been spent. */
export interface CurvePoint {
  readonly tokens: number;
  readonly episodes: number;
  readonly reward: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a finished run leaves for good. */
export interface Summary {
  readonly arm: Arm;
  readonly seed: number;
  readonly limit?: number;
  readonly identity: string;
  /** From the checkout's root. */
  readonly commands: readonly string[];
  /** Null outside of a git checkout; with `+` if files were changed since. */
  readonly commit: string | null;
  /** SHA-256 of the built files that ran; the first runs lack it. */
  readonly code?: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly tokens: { readonly rollouts: number; readonly learning: number };
  readonly episodes: number;
  readonly judged: number;
  /** Of play, deviations and learning; no evaluations. */
  readonly seconds: number;
  readonly curve: readonly CurvePoint[];
  readonly evaluation: Evaluation;
  /** With the adapter of one agent switched on; of the same questions. */
  readonly alone?: Readonly<Record<string, Columns>>;
  /** Questions with what became of them before and after, for people; added when all runs are made. */
  readonly told?: readonly ToldQuestion[];
}

/** A finished run's summary, if it is of this very job. */
export function finished(job: Job, results: string): Summary | undefined {
  const path = join(results, `${nameOf(job)}.json`);
  if (!existsSync(path)) return undefined;
  const summary = JSON.parse(readFileSync(path, "utf8")) as Summary;
  return summary.identity === identityOf(job) ? summary : undefined;
}

/** Writes a summary whole: a line for each of its fields, since the columns are long. */
export function writeSummary(summary: Summary, results: string): string {
  mkdirSync(results, { recursive: true });
  const path = join(results, `${summary.arm.name}-${summary.seed}.json`);
  const lines = Object.entries(summary).map(([name, value]) => `${JSON.stringify(name)}: ${compact(value)}`);
  writeFileSync(`${path}.tmp`, `{\n${lines.join(",\n")}\n}\n`);
  renameSync(`${path}.tmp`, path);
  return path;
}

/** All summaries of a folder, by name. */
export function readSummaries(results: string): readonly Summary[] {
  if (!existsSync(results)) return [];
  return readdirSync(results)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(results, name), "utf8")) as Summary);
}

/** Four places: a figure of one question needs no more, and the files are kept. */
function compact(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === "number" ? Number(each.toFixed(4)) : each));
}
