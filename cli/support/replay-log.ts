import type { FlowModule } from "../../runtime/machine/index.js";
import { linesOf, readLines } from "../../runtime/simulator/lines.js";
import { openEffects } from "./effects.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { writeLine } from "./jsonl.js";
import { openFlow } from "./open-flow.js";
import { STANDARD_INPUT } from "./read-flow.js";
import { logLimits, type Parting, partingText, replayer } from "./replayed-line.js";
import { allowedModules, readSettings } from "./settings.js";
import { printable } from "./terminal.js";

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

/** How the replay of a line went, which may hold no episode. */
type Outcome = { readonly line: number; readonly task?: string } & (
  | { readonly agrees: true; readonly steps: number }
  | ({ readonly agrees: false } & Parting)
);

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
  const lines = log === "-" ? linesOf(process.stdin, name, logLimits) : readLines(log, logLimits);
  let agree = 0;
  let differ = 0;
  for await (const { number, text } of lines) {
    if (agree + differ >= limit) break;
    const { task, episode, parting } = await replayed(text);
    const outcome: Outcome = {
      ...{ line: number, ...(task === undefined ? {} : { task }) },
      ...(parting === undefined
        ? { agrees: true, steps: episode.steps.length }
        : { agrees: false, ...parting }),
    };
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

function told(outcome: Outcome): string {
  const task = outcome.task === undefined ? "" : `task ${outcome.task}: `;
  return `${task}${outcome.agrees ? `agrees, ${outcome.steps} steps` : partingText(outcome)}`;
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
