import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { type EvaluatorFlow, problemOfSource, type Settings } from "../../runtime/learner/index.js";
import type { FlowModule } from "../../runtime/machine/index.js";
import type { Simulator } from "../../runtime/search/index.js";
import { standing } from "./disk-host.js";
import { CommandFailure, ExitCode } from "./exit.js";
import type { RunFiles } from "./extern-modules.js";
import { openFlow } from "./open-flow.js";

/** Who says which episodes are better, and the files whose code is run for that, with their hashes. */
export interface OpenEvaluator extends EvaluatorFlow {
  readonly modules: Readonly<Record<string, string>>;
}

/**
 * Opens the flow that the settings' preferences name, relative to the settings file; undefined if they name none.
 *
 * @throws CommandFailure if it is not there, has errors, or runs code that is not allowed
 */
export async function openEvaluator(
  { preferences }: Settings,
  config: string | undefined,
  allowExtern: boolean | readonly string[],
): Promise<OpenEvaluator | undefined> {
  if (preferences.flow === undefined) return undefined;
  const { flow: named } = preferences;
  const path = isAbsolute(named) ? named : join(dirname(config ?? "."), named);
  if (!existsSync(path)) {
    throw new CommandFailure(
      `preferences.flow is ${named}, but there is no file ${path}`,
      ExitCode.diagnostics,
    );
  }
  const ran: RunFiles = new Map();
  const flow = await openFlow(path, { allowExtern, ran });
  return { flow, modules: fromFolder(standing(path).folder, ran) };
}

/** @throws CommandFailure if preferences cannot come from where the settings say */
export function checkPreferences(
  settings: Settings,
  flow: FlowModule,
  simulator: Simulator,
  evaluator: EvaluatorFlow | undefined,
): void {
  const problem = problemOfSource({ settings, flow, simulator, evaluator });
  if (problem !== undefined) throw new CommandFailure(problem, ExitCode.diagnostics);
}

/** Files by their paths from a folder, in the order of these: the same wherever the folder is. */
export function fromFolder(folder: string, files: RunFiles): Readonly<Record<string, string>> {
  const named = [...files].map(
    ([file, hash]) => [relative(folder, file).replaceAll("\\", "/"), hash] as const,
  );
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}
