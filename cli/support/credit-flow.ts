import { dirname } from "node:path";
import { annotatedSvg, type FlowGraph, graph } from "../../compiler/index.js";
import { creditReport, type MeasuredCredit, measureCredit } from "../../runtime/credit/index.js";
import type { Settings } from "../../runtime/learner/index.js";
import { MusiqueSimulator, questionOf, readMusique } from "../../runtime/simulator/index.js";
import { startProgress } from "../progress.js";
import { chosenAgents } from "./chosen-agents.js";
import { type CreditCastOptions, creditCast } from "./credit-cast.js";
import { annotationsOf, type CreditResult, renderCredit } from "./credit-report.js";
import { standing } from "./disk-host.js";
import { addEffects } from "./effects.js";
import { ExitCode } from "./exit.js";
import { stopOnInterrupt } from "./interrupt.js";
import { openFlow } from "./open-flow.js";
import { checkQuestionFlow } from "./question-flow.js";
import { readFlowFile } from "./read-flow.js";
import { allowedModules, readSettings } from "./settings.js";
import { jsonText, tell } from "./terminal.js";
import { truncationNotice } from "./truncation.js";
import { checkFolder, checkVacant, writeFile, writeFiles } from "./write-files.js";

/** What is written to --out. */
const FILES = ["credit.json", "points.jsonl"] as const;

/** What `flowc credit` was asked, as commander gives it. */
export interface CreditFlowOptions extends CreditCastOptions {
  readonly data: string;
  /** Name of the flow, where the file has several. */
  readonly flow?: string;
  readonly allowExtern?: boolean;
  readonly config?: string;
  readonly agents?: readonly string[];
  readonly limit?: number;
  readonly share?: number;
  readonly seed?: number;
  readonly svg?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/**
 * Measures what single changes of a flow's outputs are worth on the questions of a data file.
 *
 * @returns the exit code: `interrupted` if Ctrl-C ended it, with what was finished until then told
 * @throws CommandFailure, PolicyError, DataError or SearchError for what the user can mend
 */
export async function creditFlow(path: string, options: CreditFlowOptions): Promise<ExitCode> {
  const began = performance.now();
  const settings = settingsOf(options);
  const allowExtern = allowedModules(options.allowExtern, settings);
  const flow = await openFlow(path, { ...options, allowExtern });
  checkQuestionFlow(flow);
  const agents = new Set(chosenAgents(flow.agents, options.agents));
  const { limit, out, svg } = options;
  if (out !== undefined) checkVacant(out, FILES, options.force === true);
  if (svg !== undefined) checkFolder(dirname(svg));
  const drawn = svg === undefined ? undefined : await graphOf(path, flow.flow);
  const rows = await readMusique(options.data, limit === undefined ? {} : { limit });
  const musique = new MusiqueSimulator(rows, settings.reward, options.data);
  const simulator = await addEffects(musique, flow, path, allowExtern);
  const cast = await creditCast(flow, options, settings);
  const progress = startProgress("credit", rows.length, "questions");
  const stop = stopOnInterrupt("stopping, with what is finished so far");
  try {
    let played = 0;
    let others = 0;
    const measured = await measureCredit({
      flow,
      policy: cast.policy,
      simulator,
      seed: settings.seed,
      live: settings.live_rollouts,
      recheck: settings.recheck,
      effectSeconds: settings.effect_seconds,
      budget: { ...cast.budget, agents },
      signal: stop.signal,
      onDone: (tasks, episodes) => {
        played += tasks;
        others += episodes
          .flatMap(({ points }) => points)
          .reduce((sum, point) => sum + point.others.length, 0);
        progress.update(played, `${others} others tried`);
      },
    });
    progress.finish();
    const { interrupted } = measured;
    if (interrupted && measured.episodes.length === 0) {
      tell("flowc: interrupted before a question was finished");
      return ExitCode.interrupted;
    }
    if (interrupted)
      tell(`flowc: interrupted after ${played} of ${rows.length} questions; the figures are of these`);
    // Of nothing there is nothing to report.
    if (measured.episodes.length === 0) throw measured.lostEpisodes[0]!.error;
    const report = creditReport(flow, measured.episodes, { agents, questionOf });
    const { calls, savedByPrefix, savedByMemo, savedByRejoin, prefilled, reused, decoded } =
      measured.counters;
    const result: CreditResult = {
      flow: flow.flow,
      ...report,
      lost: { episodes: measured.lostEpisodes.length, deviations: measured.lostDeviations.length },
      share: settings.alternatives.share,
      seed: settings.seed,
      interrupted,
      adapters: cast.adapters,
      truncated: cast.truncations(),
      calls,
      saved: { prefix: savedByPrefix, memo: savedByMemo, rejoin: savedByRejoin },
      tokens: { prefilled, reused, decoded },
      seconds: (performance.now() - began) / 1000,
    };
    // Printed first: a disk that is full now takes nothing of what was measured.
    process.stdout.write(options.json === true ? `${jsonText(result)}\n` : renderCredit(result));
    tellLost(measured);
    const notice = truncationNotice(cast.truncations());
    if (notice !== undefined) tell(`flowc: ${notice}`);
    if (out !== undefined) write(out, result, measured);
    if (svg !== undefined) writeFile(svg, await annotatedSvg(drawn!, annotationsOf(result)));
    return interrupted ? ExitCode.interrupted : ExitCode.ok;
  } finally {
    progress.finish();
    stop.release();
    await cast.close();
  }
}

/** The settings file, with what the command line overrides. */
function settingsOf({ config, seed, share }: CreditFlowOptions): Settings {
  const settings = readSettings(config);
  return {
    ...settings,
    ...(seed === undefined ? {} : { seed }),
    ...(share === undefined ? {} : { alternatives: { ...settings.alternatives, share } }),
  };
}

/** The graph of a flow that compiles. */
async function graphOf(path: string, flow: string): Promise<FlowGraph> {
  const drawn = await graph(await readFlowFile(path), path, { ...standing(path), flow });
  if (drawn.graph === undefined) throw new Error(`${path} compiled, and its graph does not`);
  return drawn.graph;
}

function tellLost({ lostEpisodes, lostDeviations }: MeasuredCredit): void {
  const [first] = [...lostEpisodes, ...lostDeviations];
  if (first === undefined) return;
  const counts = `${lostEpisodes.length} episodes and ${lostDeviations.length} deviations`;
  tell(`flowc: ${counts} were lost and are in no figure; the first: ${first.error.message}`);
}

function write(folder: string, result: CreditResult, { episodes }: MeasuredCredit): void {
  const points = episodes.flatMap((episode) => episode.points);
  const texts: Readonly<Record<(typeof FILES)[number], string>> = {
    "credit.json": `${JSON.stringify(result, null, 2)}\n`,
    "points.jsonl": points.map((point) => `${JSON.stringify(point)}\n`).join(""),
  };
  writeFiles(
    folder,
    FILES.map((name) => ({ name, text: texts[name] })),
  );
}
