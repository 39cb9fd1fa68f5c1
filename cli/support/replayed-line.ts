import type { FlowModule } from "../../runtime/machine/index.js";
import {
  type Disagreement,
  type Episode,
  type EpisodeLog,
  parseLog,
  type ReplayOptions,
  replay,
} from "../../runtime/search/index.js";
import type { ReadLimits } from "../../runtime/simulator/lines.js";
import { inputChecker } from "./flow-input.js";

/** An episode of long prompts takes megabytes; no file of them needs more than a disk holds. */
export const logLimits: ReadLimits = { lineLength: 1 << 28, fileBytes: Number.POSITIVE_INFINITY };

/** Why a line and the flow do not agree: without a step where the replay could not begin. */
export type Parting = Omit<Disagreement, "step"> & Partial<Disagreement>;

/** A line of a file of episodes, replayed. */
export type ReplayedLine =
  | {
      readonly task: string;
      readonly log: EpisodeLog;
      readonly episode: Episode;
      readonly parting?: undefined;
    }
  | {
      /** Absent of a line that is no episode. */
      readonly task?: string;
      readonly episode?: undefined;
      readonly parting: Parting;
    };

/** Replays lines of files of episodes with a flow. */
export function replayer(flow: FlowModule, options: ReplayOptions): (text: string) => Promise<ReplayedLine> {
  const problemsOf = inputChecker(flow);
  return async (text) => {
    const parsed = parseLog(text);
    if ("problem" in parsed) return { parting: { problem: `this is no episode: ${parsed.problem}` } };
    const { log } = parsed;
    const task = log.task.id;
    const fails = (problem: string): ReplayedLine => ({ task, parting: { problem } });
    if (log.flow !== flow.flow) return fails(`the log is of the flow ${log.flow}, not of ${flow.flow}`);
    if (log.source !== flow.source && options.edited !== true)
      return fails(
        "the log is of another compile of the flow, whose source has changed; --edited compares it all the same",
      );
    const [problem] = problemsOf(log.task.input);
    if (problem !== undefined) return fails(`the flow does not take the log's input: ${problem}`);
    const found = await replay(flow, log, options);
    if ("episode" in found) return { task, log, episode: found.episode };
    return { task, parting: found.disagreement };
  };
}

/** As people are told of it. */
export function partingText({ step, point, problem }: Parting): string {
  if (step === undefined) return problem;
  return `parts at step ${step + 1}${point === undefined ? "" : `, ${point}`}: ${problem}`;
}
