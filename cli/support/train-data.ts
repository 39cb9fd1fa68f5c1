import { countStrata, type Kinds, quotasOf, type Settings } from "../../runtime/learner/index.js";
import type { FlowModule } from "../../runtime/machine/index.js";
import type { Simulator } from "../../runtime/search/index.js";
import { MusiqueSimulator, questionOf, readMusique } from "../../runtime/simulator/index.js";
import { addEffects } from "./effects.js";
import { CommandFailure, ExitCode } from "./exit.js";
import type { RunFiles } from "./extern-modules.js";
import { tell } from "./terminal.js";

export interface TrainingData {
  /** Undefined where episodes are learned from that were logged. */
  readonly simulator: Simulator | undefined;
  /** What a training is evaluated on, if anything. */
  readonly heldOut: Simulator | undefined;
}

/** The files that a training reads, and the flow whose effects they come with. */
export interface DataSource {
  readonly data: string | undefined;
  readonly heldOut: string | undefined;
  readonly flow: FlowModule;
  /** Of the .flow file. */
  readonly path: string;
  readonly allowExtern: boolean | readonly string[];
  /** Is told of the files of modules that are run. */
  readonly ran: RunFiles;
}

/**
 * Questions to learn from, and others to evaluate on; says which are both.
 *
 * @throws DataError for a file that cannot be read; CommandFailure for settings that it cannot meet
 */
export async function trainingData(source: DataSource, settings: Settings): Promise<TrainingData> {
  const { flow, path, allowExtern, ran } = source;
  const read = async (file: string): Promise<Simulator> => {
    const musique = new MusiqueSimulator(await readMusique(file), settings.reward, file);
    return addEffects(musique, flow, path, allowExtern, ran);
  };
  const simulator = source.data === undefined ? undefined : await read(source.data);
  const heldOut = source.heldOut === undefined ? undefined : await read(source.heldOut);
  if (settings.evaluation.patience !== undefined && heldOut === undefined) {
    throw new CommandFailure(
      "evaluation.patience needs held-out questions to evaluate on; give them with --held-out",
      ExitCode.diagnostics,
    );
  }
  if (simulator !== undefined) checkKinds(source.heldOut, settings, simulator, heldOut);
  return { simulator, heldOut };
}

/**
 * Makes sure that what is learned from has the kinds of tasks that the settings ask for, and says which of the held-out
 * questions are learned from as well.
 *
 * @param file of the held-out questions
 * @throws CommandFailure for settings that it cannot meet
 */
export function checkKinds(
  file: string | undefined,
  settings: Settings,
  learned: Kinds,
  heldOut: Simulator | undefined,
): void {
  const quotas = quotasOf(settings.strata, countStrata(learned), heldOut && countStrata(heldOut));
  if (typeof quotas === "string") throw new CommandFailure(`strata: ${quotas}`, ExitCode.diagnostics);
  if (heldOut === undefined) return;
  const seen = new Set(learned.tasks.map(({ id }) => questionOf(id)));
  const both = new Set(heldOut.tasks.map(({ id }) => questionOf(id)).filter((id) => seen.has(id)));
  if (both.size === 0) return;
  const [first] = both;
  tell(
    `flowc: ${both.size} of the questions in ${file} are learned from as well, e.g. ${first}: they are no test`,
  );
}
