import type { FlowModule } from "../../runtime/machine/index.js";
import {
  type Disagreement,
  type Effects,
  type EpisodeLog,
  parseLog,
  replay,
} from "../../runtime/search/index.js";
import { linesOf, type ReadLimits, readLines } from "../../runtime/simulator/lines.js";
import { openEffects } from "./effects.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { inputChecker } from "./flow-input.js";
import { writeLine } from "./jsonl.js";
import { openFlow } from "./open-flow.js";
import { STANDARD_INPUT } from "./read-flow.js";
import { allowedModules, readSettings } from "./settings.js";
import { printable } from "./terminal.js";

/** An episode of long prompts takes megabytes; no file of them needs more than a disk holds. */
const limits: ReadLimits = { lineLength: 1 << 28, fileBytes: Number.POSITIVE_INFINITY };

/** What `flowc replay` was asked, as commander gives it. */
export interface ReplayFlowOptions {
  /** Name of the flow, where the file has several. */
  readonly flow?: string;
  readonly edited?: boolean;
  readonly allowExtern?: boolean;
  readonly config?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

/** How the replay of an episode went: without a step where it could not begin. */
type Replayed =
  | { readonly agrees: true; readonly steps: number }
  | ({ readonly agrees: false } & Omit<Disagreement, "step"> & Partial<Disagreement>);

/** The same of a line, which may hold no episode. */
type Outcome = { readonly line: number; readonly task?: string } & Replayed;

/**
 * Replays the episodes of a log, and tells of each.
 *
 * @throws CommandFailure or DataError for what the user can mend
 */
export async function replayLog(path: string, log: string, options: ReplayFlowOptions): Promise<ExitCode> {
  const { json = false, limit = Number.POSITIVE_INFINITY } = options;
  const allowExtern = allowedModules(options.allowExtern, readSettings(options.config));
  const flow = await openFlow(path, { ...options, allowExtern });
  const mayRun = allowExtern === true || (Array.isArray(allowExtern) && allowExtern.length > 0);
  const effects = mayRun ? await openEffects(flow, path, allowExtern) : undefined;
  const edited = options.edited === true;
  const replayed = replayer(flow, effects === undefined ? { edited } : { simulator: { effects }, edited });
  const name = log === "-" ? STANDARD_INPUT : log;
  const lines = log === "-" ? linesOf(process.stdin, name, limits) : readLines(log, limits);
  let agree = 0;
  let differ = 0;
  for await (const { number, text } of lines) {
    if (agree + differ >= limit) break;
    const parsed = parseLog(text);
    const outcome: Outcome =
      "problem" in parsed
        ? { line: number, agrees: false, problem: `this is no episode: ${parsed.problem}` }
        : { line: number, task: parsed.log.task.id, ...(await replayed(parsed.log)) };
    if (outcome.agrees) agree += 1;
    else differ += 1;
    if (json) await writeLine(outcome);
    else process.stdout.write(`${printable(`${name}:${number}: ${told(outcome)}`)}\n`);
  }
  if (agree + differ === 0) throw new CommandFailure(`${name}: holds no episodes`, ExitCode.diagnostics);
  const how = effectsOf(flow, effects !== undefined);
  if (json)
    await writeLine({
      flow: flow.flow,
      source: flow.source,
      episodes: agree + differ,
      agree,
      differ,
      effects: how,
    });
  else process.stdout.write(`${summary(agree, differ)}${how === undefined ? "" : `; effects ${how}`}\n`);
  return differ === 0 ? ExitCode.ok : ExitCode.diagnostics;
}

function replayer(
  flow: FlowModule,
  options: { readonly simulator?: { readonly effects: Effects }; readonly edited: boolean },
): (log: EpisodeLog) => Promise<Replayed> {
  const problemsOf = inputChecker(flow);
  const fails = (problem: string): Replayed => ({ agrees: false, problem });
  return async (log) => {
    if (log.flow !== flow.flow) return fails(`the log is of the flow ${log.flow}, not of ${flow.flow}`);
    if (log.source !== flow.source && !options.edited)
      return fails(
        "the log is of another compile of the flow, whose source has changed; --edited compares it all the same",
      );
    const [problem] = problemsOf(log.task.input);
    if (problem !== undefined) return fails(`the flow does not take the log's input: ${problem}`);
    const found = await replay(flow, log, options);
    if ("episode" in found) return { agrees: true, steps: found.episode.steps.length };
    return { agrees: false, ...found.disagreement };
  };
}

function told(outcome: Outcome): string {
  const task = outcome.task === undefined ? "" : `task ${outcome.task}: `;
  if (outcome.agrees) return `${task}agrees, ${outcome.steps} steps`;
  const { step, point, problem } = outcome;
  if (step === undefined) return `${task}${problem}`;
  return `${task}parts at step ${step + 1}${point === undefined ? "" : `, ${point}`}: ${problem}`;
}

/** How effects were taken, of a flow that has some. */
function effectsOf({ effects = [] }: FlowModule, again: boolean): string | undefined {
  if (effects.length === 0) return undefined;
  return again ? "done again" : "taken from the log";
}

function summary(agree: number, differ: number): string {
  const episodes = `${agree + differ} episode${agree + differ === 1 ? "" : "s"}`;
  return differ === 0 ? `${episodes}: all agree` : `${episodes}: ${agree} agree, ${differ} do not`;
}
