import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainEvent } from "../../runtime/learner/index.js";
import { makeFolder } from "../../runtime/record/make-folder.js";
import { notWritten } from "./write-files.js";

type EvaluationEvent = Extract<TrainEvent, { type: "evaluation" }>;

/** Where a run keeps the adapters that its evaluation after so many rounds found best. */
export function bestFolder(out: string, rounds: number): string {
  return join(out, "best", `round-${String(rounds).padStart(6, "0")}`);
}

/**
 * Keeps the adapters of a run's best evaluation, with what it found, instead of those of the one before. They stand in
 * a folder of their own name, whole: adapters of two evaluations never stand in one.
 *
 * @param write writes adapters into a folder
 * @throws CommandFailure if that fails
 */
export function keepBest(
  out: string,
  { type: _, ...report }: EvaluationEvent,
  write: (folder: string) => void,
): void {
  const folder = bestFolder(out, report.rounds);
  const temporary = `${folder}.tmp`;
  const remove = (path: string): void => rmSync(path, { recursive: true, force: true });
  try {
    remove(temporary);
    makeFolder(temporary);
    write(temporary);
    writeFileSync(join(temporary, "evaluation.json"), `${JSON.stringify(report, null, 2)}\n`);
    // Only a run that was killed here and resumed has it already.
    remove(folder);
    renameSync(temporary, folder);
    const others = readdirSync(join(out, "best")).map((name) => join(out, "best", name));
    for (const other of others.filter((path) => path !== folder)) remove(other);
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? notWritten(folder, error) : error;
  }
}
