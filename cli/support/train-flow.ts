import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  ALGORITHM_DEFAULTS,
  Board,
  LanguageModelLearner,
  manifestOf,
  problemOfLogged,
  type Settings,
  type Source,
  type TrainSummary,
  train,
} from "../../runtime/learner/index.js";
import type { FlowModule } from "../../runtime/machine/index.js";
import type { LanguageModel } from "../../runtime/policy/language-model.js";
import { type Checkpoint, type Manifest, Run, RunLock } from "../../runtime/record/index.js";
import type { Simulator } from "../../runtime/search/index.js";
import {
  adapterVersions,
  findAgentAdapters,
  readAgentAdapters,
  writeAgentAdapters,
} from "./agent-adapters.js";
import { bestFolder, keepBest } from "./best-adapters.js";
import { chosenAgents } from "./chosen-agents.js";
import { standing } from "./disk-host.js";
import { checkPreferences, fromFolder, openEvaluator } from "./evaluator.js";
import { CommandFailure, ExitCode, reader } from "./exit.js";
import type { RunFiles } from "./extern-modules.js";
import { hashFile, hashModel } from "./hashes.js";
import { stopOnInterrupt } from "./interrupt.js";
import { type LoggedSource, readLogged } from "./logged-data.js";
import { type ModelOptions, openModel } from "./model.js";
import { openFlow } from "./open-flow.js";
import { checkQuestionFlow, isQuestionFlow } from "./question-flow.js";
import { allowedModules, readSettings } from "./settings.js";
import { tell } from "./terminal.js";
import { checkKinds, trainingData } from "./train-data.js";
import { showTraining } from "./train-progress.js";
import { checkLongPrompts, truncationNotice } from "./truncation.js";
import { unmovedTexts } from "./unmoved.js";
import { packageVersion } from "./version.js";
import { checkFolder } from "./write-files.js";

/** What `flowc train` was asked, as commander gives it. */
export interface TrainOptions extends ModelOptions {
  /** A file of questions to play. */
  readonly data?: string;
  /** A file of logged episodes, instead. */
  readonly logged?: string;
  /** Whether these may be of another state of the flow. */
  readonly edited?: boolean;
  readonly out: string;
  /** Name of the flow, where the file has several. */
  readonly flow?: string;
  readonly allowExtern?: boolean;
  readonly config?: string;
  readonly episodes?: number;
  readonly seed?: number;
  readonly agents?: readonly string[];
  /** A folder of adapters to begin with. */
  readonly adapters?: string;
  /** A file of questions to evaluate on. */
  readonly heldOut?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

/**
 * Trains a flow's agents and writes the run.
 *
 * @throws CommandFailure, PolicyError, DataError, SearchError or RecordError for what the user can mend
 */
export async function trainFlow(path: string, options: TrainOptions): Promise<ExitCode> {
  checkFolder(options.out);
  reader.isNeeded = false;
  const lock = RunLock.take(options.out);
  const release = (): void => lock.release();
  // Ctrl-C may end the process where no `finally` is reached.
  process.once("exit", release);
  try {
    return await trainLocked(path, options, lock);
  } finally {
    process.off("exit", release);
    release();
  }
}

async function trainLocked(path: string, options: TrainOptions, lock: RunLock): Promise<ExitCode> {
  const settings = settingsOf(options);
  const allowExtern = allowedModules(options.allowExtern, settings);
  const ran: RunFiles = new Map();
  const flow = await openFlow(path, { ...options, allowExtern, ran });
  const { data, logged: log, heldOut: held } = options;
  if (data !== undefined || held !== undefined) checkQuestionFlow(flow);
  if (log !== undefined) checkLogged(settings);
  const agents = chosenAgents(flow.agents, options.agents);
  const given = options.adapters === undefined ? [] : findAgentAdapters(flow.agents, options.adapters);
  checkReference(settings, agents, given);
  const evaluator = await openEvaluator(settings, options.config, allowExtern);
  const { simulator, heldOut } = await trainingData(
    { data, heldOut: held, flow, path, allowExtern, ran },
    settings,
  );
  if (simulator !== undefined) checkPreferences(settings, flow, simulator, evaluator);
  const ingredients = {
    version: packageVersion(),
    base: await hashModel(options.model),
    ...(data === undefined ? {} : { data: await hashFile(data) }),
    ...(log === undefined ? {} : { logged: await hashFile(log) }),
    ...(held === undefined ? {} : { heldOut: await hashFile(held) }),
    modules: fromFolder(standing(path).folder, ran),
    ...(evaluator === undefined ? {} : { evaluator }),
  };
  checkLongPrompts(settings.long_prompts, flow.agents);
  const model = await openModel(
    { workers: settings.workers, ...options },
    { longPrompts: settings.long_prompts, training: true },
  );
  const stop = stopOnInterrupt("stopping after this round");
  const shown = showTraining(options, settings);
  try {
    const start = readAgentAdapters(model, given, options.adapters ?? "");
    const manifest: Manifest = {
      ...manifestOf(flow, settings, ingredients),
      agents: [...agents],
      ...(start.size === 0 ? {} : { adapters: adapterVersions(start) }),
    };
    const policy = await LanguageModelLearner.create(model, agents, settings, start);
    // Agents that are not trained stay as they are.
    const others = new Map([...start].filter(([agent]) => !agents.includes(agent)));
    for (const [agent, adapter] of others) await model.setAdapter(agent, adapter);
    const adapters = () =>
      new Map([...others, ...agents.map((agent) => [agent, policy.adapter(agent)] as const)]);
    const source = await sourceOf(simulator, { flow, policy, settings }, heldOut, options);
    const { run, checkpoint } = openRun(options, manifest, lock);
    const board = Board.open(run);
    let begunAt = 0;
    const summary = await train({
      ...source,
      flow,
      policy,
      settings,
      ...(evaluator === undefined ? {} : { evaluator }),
      ...(heldOut === undefined ? {} : { heldOut }),
      run,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      signal: stop.signal,
      onEvent(event) {
        if (event.type === "begin") begunAt = event.episode;
        if (event.type === "evaluation" && event.best) {
          keepBest(options.out, event, (folder) => writeAgentAdapters(folder, adapters(), model, options));
        }
        shown.event(event);
        board.event(event);
      },
    });
    run.timing({ type: "truncated", ...model.truncations });
    run.flush();
    writeAgentAdapters(join(options.out, "adapters"), adapters(), model, options);
    shown.end();
    reportTruncations(model);
    if (summary.lost > 0) {
      const events = join(options.out, "events.jsonl");
      tell(`flowc: ${summary.lost} episodes and deviations were lost; their events in ${events} say why`);
    }
    if (!summary.interrupted) {
      for (const text of unmovedTexts(summary, settings, options)) tell(`flowc: ${text}`);
    }
    if (!summary.interrupted) {
      const wasComplete = checkpoint !== undefined && begunAt === summary.episodes;
      tell(next(path, flow, options, summary, wasComplete));
    }
    if (summary.outOfTime) {
      tell(
        `flowc: the time is over after ${summary.episodes} of ${settings.episodes} episodes; --resume goes on for as long again`,
      );
      return ExitCode.ok;
    }
    if (summary.stopped) {
      const then = summary.interrupted ? "; --resume goes on without that step" : "";
      tell(
        `flowc: the run ends after ${summary.episodes} of ${settings.episodes} episodes, since a loss was not finite (alarms.not_finite is stop)${then}`,
      );
      return ExitCode.diagnostics;
    }
    if (!summary.interrupted) return ExitCode.ok;
    tell(
      `flowc: interrupted after ${summary.episodes} of ${settings.episodes} episodes; the same command with --resume goes on`,
    );
    return ExitCode.interrupted;
  } finally {
    shown.end();
    stop.release();
    await model.close();
  }
}

/** @throws CommandFailure for settings with which nothing can be learned from logged episodes */
function checkLogged(settings: Settings): void {
  const problem = problemOfLogged(settings);
  if (problem !== undefined) throw new CommandFailure(`--logged: ${problem}`, ExitCode.diagnostics);
}

/** What is learned from: the questions of a simulator, or else the episodes of the log. */
async function sourceOf(
  simulator: Simulator | undefined,
  learner: Pick<LoggedSource, "flow" | "policy" | "settings">,
  heldOut: Simulator | undefined,
  { logged: path = "", edited = false, heldOut: file }: TrainOptions,
): Promise<Source> {
  if (simulator !== undefined) return { simulator };
  const logged = await readLogged({ ...learner, path, edited });
  checkKinds(file, learner.settings, logged, heldOut);
  return { logged };
}

/** @throws CommandFailure for a reference that is to stay what nothing was said of */
function checkReference({ reference }: Settings, agents: readonly string[], given: readonly string[]): void {
  if (reference.kind !== "frozen") return;
  const missing = agents.find((agent) => !given.includes(agent));
  if (missing === undefined) return;
  throw new CommandFailure(
    `reference.kind is frozen, so --adapters must have an adapter of every agent that is trained; there is none of ${missing}`,
    ExitCode.diagnostics,
  );
}

/** Where a complete run left what, and what to do with it. */
function next(
  path: string,
  module: FlowModule,
  { out, model, flow }: TrainOptions,
  { episodes, rounds, early, spent, best }: TrainSummary,
  wasComplete: boolean,
): string {
  const which = flow === undefined ? "" : ` --flow ${flow}`;
  const done = wasComplete ? "the run was complete already" : "the run is complete";
  const trained = join(out, "adapters");
  const kept = best === null ? trained : bestFolder(out, best.rounds);
  const lines = [
    `${done}: ${episodes} episodes; adapters in ${trained}, a line per round in ${join(out, "metrics.jsonl")}; flowc report ${out} draws them`,
  ];
  if (early) lines.push(`it ended early, after round ${rounds}: no evaluation since the best one was better`);
  if (spent) lines.push(`it ended after round ${rounds}, when the settings' tokens were spent`);
  if (best !== null)
    lines.push(
      `best evaluation: reward ${best.reward.toFixed(3)} after round ${best.rounds}; adapters in ${kept}`,
    );
  // Other flows are of no data file's form, so nothing but their logged episodes can have trained them.
  const then = isQuestionFlow(module) ? ["eval", "--data FILE"] : ["run", "--input JSON"];
  lines.push(`Next: flowc ${then[0]} ${path}${which} ${then[1]} --model ${model} --adapters ${kept}`);
  return lines.join("\n");
}

/** A new run, or with --resume where the old one stands. */
function openRun(
  { out, resume }: TrainOptions,
  manifest: Manifest,
  { abandoned }: RunLock,
): { readonly run: Run; readonly checkpoint: Checkpoint | undefined } {
  // Killed before it had begun, a run has left nothing but its lock: it goes on from its beginning.
  const isNew = resume !== true || (abandoned && !existsSync(join(out, "run.json")));
  if (isNew) return { run: Run.create(out, manifest), checkpoint: undefined };
  const resumed = Run.resume(out, manifest);
  if (resumed.checkpoint === undefined)
    tell(`flowc: ${out} has no checkpoint, so the run begins again, and so do its logs`);
  return resumed;
}

/** The settings file, with what the command line overrides. */
function settingsOf({ config, episodes, seed, logged }: TrainOptions): Settings {
  const settings = readSettings(config);
  // Of all algorithms one alone learns from logged episodes.
  const { algorithm = ALGORITHM_DEFAULTS["single-sample"] } = settings;
  return {
    ...settings,
    ...(logged === undefined ? {} : { algorithm }),
    ...(episodes === undefined ? {} : { episodes }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function reportTruncations({ truncations }: LanguageModel): void {
  const notice = truncationNotice(truncations);
  if (notice !== undefined) tell(`flowc: ${notice}`);
}
