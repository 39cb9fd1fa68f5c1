import { basename, join, resolve } from "node:path";
import { realPlace } from "../support/disk-host.js";
import { CommandFailure, ExitCode } from "../support/exit.js";
import { jsonText, printable } from "../support/terminal.js";
import { writeFile } from "../support/write-files.js";
import { figure } from "./html.js";
import { reportPage } from "./page.js";
import { readRun } from "./read-run.js";
import type { RunSummary } from "./run-summary.js";
import { type Window, windowSize, windowsOf } from "./windows.js";

/** What `flowc report` was asked, as commander gives it. */
export interface ReportOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/**
 * Writes a run's page, or prints its figures.
 *
 * @throws RecordError if the run cannot be read; CommandFailure if the page cannot be written, or is to replace the run
 */
export async function reportRun(folder: string, { out, json }: ReportOptions): Promise<ExitCode> {
  const run = await readRun(folder);
  if (json === true) process.stdout.write(`${jsonText(figuresOf(run))}\n`);
  if (json === true && out === undefined) return ExitCode.ok;
  const file = out ?? join(folder, "report.html");
  const own = ["run.json", "events.jsonl", "metrics.jsonl", "timings.jsonl", "lock"];
  if (own.some((name) => realPlace(join(folder, name)) === realPlace(file))) {
    throw new CommandFailure(
      `${file} is part of the run, which a page does not replace; choose another --out`,
    );
  }
  writeFile(file, reportPage(run, basename(resolve(folder))));
  if (json !== true) process.stdout.write(`${printable(sentence(run, file))}\n`);
  return ExitCode.ok;
}

function sentence(run: RunSummary, file: string): string {
  const windows = windowsOfReward(run);
  const earned =
    windows.length < 2 || run.isLogged
      ? ""
      : `, reward ${figure(windows[0]!.value)} in the beginning and ${figure(windows.at(-1)!.value)} in the end`;
  return `${file}: ${run.state}, ${run.played} of ${run.episodes} episodes${earned}`;
}

function windowsOfReward({ reward, played, episodesPerRound }: RunSummary): readonly Window[] {
  return windowsOf(reward, windowSize(played, episodesPerRound));
}

/** What `flowc report --json` prints: the page's figures, without what agents said. */
function figuresOf(run: RunSummary) {
  const { state, flow, rounds, played, episodes, pairs, ties, deviations, alarms, lost, references } = run;
  const size = windowSize(played, run.episodesPerRound);
  const curve = (windows: readonly Window[]) =>
    windows.map(({ from, to, value, interval, count }) => ({ from, to, mean: value, interval, count }));
  return {
    state,
    flow,
    rounds,
    episodes: played,
    of: episodes,
    reward: curve(windowsOf(run.reward, size)),
    metrics: Object.fromEntries([...run.metrics].map(([name, of]) => [name, curve(windowsOf(of, size))])),
    pairs,
    ties,
    deviations,
    agents: Object.fromEntries(run.agents),
    totals: Object.fromEntries(run.totals),
    times: Object.fromEntries(run.times),
    alarms,
    lost,
    references,
    evaluations: run.evaluations.map(({ metrics, ...of }) => ({
      ...of,
      metrics: Object.fromEntries(metrics),
    })),
    others: Object.fromEntries(run.others),
  };
}
