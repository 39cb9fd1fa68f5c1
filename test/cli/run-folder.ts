import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { readEventFile } from "../support/event-file.js";
import { contentsOf } from "./support.js";

/** Everything in a run's folder that equal runs share: all but times, and what TensorBoard reads, which has them too. */
export function lasting(run: string): ReadonlyMap<string, string> {
  const hasTimes = (name: string) => name === "timings.jsonl" || name.startsWith("tensorboard/");
  return new Map([...contentsOf(run)].filter(([name]) => !hasTimes(name)));
}

/** The steps of a run as TensorBoard reads them, with their numbers but those of `timings.jsonl`. */
export function board(run: string) {
  const folder = join(run, "tensorboard");
  const files = readdirSync(folder);
  expect(files).toHaveLength(1);
  const events = readEventFile(readFileSync(join(folder, files[0]!)));
  return events
    .filter(({ scalars }) => scalars.size > 0)
    .map(({ step, scalars }) => [step, [...scalars].filter(([tag]) => !tag.startsWith("timings/"))] as const);
}
