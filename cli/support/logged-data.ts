import { LoggedEpisodes, type Settings, type Trainable } from "../../runtime/learner/index.js";
import type { FlowModule } from "../../runtime/machine/index.js";
import { readLines } from "../../runtime/simulator/lines.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { logLimits, partingText, replayer } from "./replayed-line.js";
import { printable } from "./terminal.js";

export interface LoggedSource {
  /** A file that `--record` wrote, plain or gzipped. */
  readonly path: string;
  readonly flow: FlowModule;
  readonly policy: Trainable;
  readonly settings: Settings;
  /** Whether logs of another state of the flow are taken, where they agree with it. */
  readonly edited: boolean;
}

/** Lines that are told of one by one. */
const TOLD = 20;

/**
 * Episodes to learn from. Each is replayed, so that what is learned from is what the flow asks.
 *
 * @throws CommandFailure naming the lines from which nothing can be learned: none is left out unasked; DataError for a file
 *   that cannot be read
 */
export async function readLogged(source: LoggedSource): Promise<LoggedEpisodes> {
  const { path, flow, policy, settings, edited } = source;
  const { algorithm } = settings;
  const needsProbabilities = algorithm?.kind === "single-sample" && algorithm.loss === "reinforce";
  const logged = new LoggedEpisodes({ flow, policy, needsProbabilities });
  const replayed = replayer(flow, { edited });
  const bad: string[] = [];
  let lines = 0;
  for await (const { number, text } of readLines(path, logLimits)) {
    lines += 1;
    const line = await replayed(text);
    const problem =
      line.parting === undefined
        ? pointed(logged.add(number, line.log, line.episode))
        : partingText(line.parting);
    const task = line.task === undefined ? "" : `task ${line.task}: `;
    if (problem !== undefined) bad.push(printable(`  ${path}:${number}: ${task}${problem}`));
  }
  const fail = (problem: string) => new CommandFailure(problem, ExitCode.diagnostics);
  if (lines === 0) throw fail(`${path}: holds no episodes`);
  if (bad.length === 0) return logged;
  const more = bad.length > TOLD ? [`  and ${bad.length - TOLD} more`] : [];
  throw fail(
    [
      `of ${lines} lines in ${path} ${bad.length} cannot be learned from; mend them, or take them out of the file`,
      ...bad.slice(0, TOLD),
      ...more,
    ].join("\n"),
  );
}

function pointed(found: ReturnType<LoggedEpisodes["add"]>): string | undefined {
  if (found === undefined) return undefined;
  return found.point === undefined ? found.problem : `${found.point}: ${found.problem}`;
}
