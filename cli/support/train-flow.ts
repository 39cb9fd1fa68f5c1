import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import {
  Board,
  LanguageModelLearner,
  manifestOf,
  type Settings,
  type TrainEvent,
  train,
} from "../../runtime/learner/index.js";
import { writeAdapter } from "../../runtime/policy/adapter/peft.js";
import type { LanguageModel } from "../../runtime/policy/language-model.js";
import { type Checkpoint, type Manifest, Run, RunLock } from "../../runtime/record/index.js";
import { MusiqueSimulator, readMusique } from "../../runtime/simulator/index.js";
import { type Progress, startProgress } from "../progress.js";
import { alarmText } from "./alarm-text.js";
import { chosenAgents } from "./chosen-agents.js";
import { standing } from "./disk-host.js";
import { addEffects } from "./effects.js";
import { ExitCode } from "./exit.js";
import type { RunFiles } from "./extern-modules.js";
import { hashFile, hashModel } from "./hashes.js";
import { type ModelOptions, openModel } from "./model.js";
import { openFlow } from "./open-flow.js";
import { checkQuestionFlow } from "./question-flow.js";
import { allowedModules, readSettings } from "./settings.js";
import { jsonText, tell } from "./terminal.js";
import { checkLongPrompts, truncationNotice } from "./truncation.js";
import { packageVersion } from "./version.js";
import { checkFolder, notWritten } from "./write-files.js";

/** What `flowc train` was asked, as commander gives it. */
export interface TrainOptions extends ModelOptions {
  readonly data: string;
  readonly out: string;
  /** Name of the flow, where the file has several. */
  readonly flow?: string;
  readonly allowExtern?: boolean;
  readonly config?: string;
  readonly episodes?: number;
  readonly seed?: number;
  readonly agents?: readonly string[];
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
  checkQuestionFlow(flow);
  const agents = chosenAgents(flow.agents, options.agents);
  const musique = new MusiqueSimulator(await readMusique(options.data), settings.reward, options.data);
  const simulator = await addEffects(musique, flow, path, allowExtern, ran);
  const ingredients = {
    version: packageVersion(),
    base: await hashModel(options.model),
    data: await hashFile(options.data),
    modules: fromFolder(standing(path).folder, ran),
  };
  const manifest: Manifest = { ...manifestOf(flow, settings, ingredients), agents: [...agents] };
  checkLongPrompts(settings.long_prompts, flow.agents);
  const model = await openModel(
    { workers: settings.workers, ...options },
    { longPrompts: settings.long_prompts, training: true },
  );
  const stop = stopOnInterrupt();
  const shown = show(options);
  try {
    const policy = await LanguageModelLearner.create(model, agents, settings);
    const { run, checkpoint } = openRun(options, manifest, lock);
    const board = Board.open(run);
    let begunAt = 0;
    const summary = await train({
      flow,
      simulator,
      policy,
      settings,
      run,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      signal: stop.signal,
      onEvent(event) {
        if (event.type === "begin") begunAt = event.episode;
        shown.event(event);
        board.event(event);
      },
    });
    run.timing({ type: "truncated", ...model.truncations });
    run.flush();
    for (const agent of agents) {
      const folder = join(options.out, "adapters", agent);
      try {
        writeAdapter(folder, policy.adapter(agent), model.config, {
          name: options.modelName ?? options.model,
          digest: model.weightsDigest,
        });
      } catch (error) {
        throw notWritten(folder, error);
      }
    }
    shown.end();
    reportTruncations(model);
    if (summary.lost > 0) {
      const events = join(options.out, "events.jsonl");
      tell(`flowc: ${summary.lost} episodes and deviations were lost; their events in ${events} say why`);
    }
    if (!summary.interrupted) {
      const wasComplete = checkpoint !== undefined && begunAt === summary.episodes;
      tell(next(path, options, summary.episodes, wasComplete));
    }
    if (summary.outOfTime) {
      tell(
        `flowc: the time is over after ${summary.episodes} of ${settings.episodes} episodes; --resume goes on for as long again`,
      );
      return ExitCode.ok;
    }
    if (summary.stopped) {
      tell(
        `flowc: the run ends after ${summary.episodes} of ${settings.episodes} episodes, since a loss was not finite (alarms.not_finite is stop); --resume goes on without that step`,
      );
      return ExitCode.diagnostics;
    }
    return summary.interrupted ? ExitCode.interrupted : ExitCode.ok;
  } finally {
    shown.end();
    stop.release();
    await model.close();
  }
}

/** Files by their paths from a folder, in the order of these: the same wherever the folder is. */
function fromFolder(folder: string, files: RunFiles): Readonly<Record<string, string>> {
  const named = [...files].map(
    ([file, hash]) => [relative(folder, file).replaceAll("\\", "/"), hash] as const,
  );
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Where a complete run left what, and what to do with it. */
function next(
  path: string,
  { out, model, flow }: TrainOptions,
  episodes: number,
  wasComplete: boolean,
): string {
  const which = flow === undefined ? "" : ` --flow ${flow}`;
  const done = wasComplete ? "the run was complete already" : "the run is complete";
  return `${done}: ${episodes} episodes; adapters in ${join(out, "adapters")}, a line per round in ${join(out, "metrics.jsonl")}
Next: flowc eval ${path}${which} --data FILE --model ${model} --adapters ${join(out, "adapters")}`;
}

/** A new run, or with --resume where the old one stands. */
function openRun(
  { out, resume }: TrainOptions,
  manifest: Manifest,
  { abandoned }: RunLock,
): { readonly run: Run; readonly checkpoint: Checkpoint | undefined } {
  // Killed before it had begun, a run has left nothing but its lock: it goes on from its beginning.
  const isNew = resume !== true || (abandoned && !existsSync(join(out, "run.json")));
  return isNew ? { run: Run.create(out, manifest), checkpoint: undefined } : Run.resume(out, manifest);
}

/** The settings file, with what the command line overrides. */
function settingsOf({ config, episodes, seed }: TrainOptions): Settings {
  return {
    ...readSettings(config),
    ...(episodes === undefined ? {} : { episodes }),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** The first Ctrl-C ends the training at the next round boundary, the second one at once. */
function stopOnInterrupt(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const others = process.listeners("SIGINT") as NodeJS.SignalsListener[];
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    process.stderr.write("\nflowc: stopping after this round; press Ctrl-C again to stop at once\n");
    controller.abort();
  };
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", onInterrupt);
  return {
    signal: controller.signal,
    release() {
      process.off("SIGINT", onInterrupt);
      for (const listener of others) process.once("SIGINT", listener);
    },
  };
}

/** Shows a training's events: a progress line for people, or every event as JSON for programs. */
function show({ json, out }: TrainOptions): { event(event: TrainEvent): void; end(): void } {
  let progress: Progress | undefined;
  let recent: readonly number[] = [];
  let pairs = 0;
  let hasLost = false;
  const alarms = new Map<string, number>();
  return {
    event(event) {
      if (json === true) process.stdout.write(`${jsonText(event)}\n`);
      if (event.type === "begin") {
        progress = startProgress("train", event.episodes, "episodes", process.stderr, event.episode);
      } else if (event.type === "round") {
        recent = [...recent, event.reward].slice(-10);
        const mean = recent.reduce((sum, reward) => sum + reward, 0) / recent.length;
        pairs += event.pairs;
        progress?.update(event.episodes, `reward ${mean.toFixed(3)}, ${pairs} pairs`);
      } else if (event.type === "lost" && !hasLost) {
        hasLost = true;
        tell(`\nflowc: an episode is lost, the others go on: ${event.problem}`);
      } else if (event.type === "alarm") {
        const key = `${event.agent} ${event.alarm.kind}`;
        const times = (alarms.get(key) ?? 0) + 1;
        alarms.set(key, times);
        // At every step it would hide all else; the events have each of them.
        const isTold = Number.isInteger(Math.log2(times));
        if (isTold) tell(`\nflowc: ${alarmText(event, out)}${times > 1 ? ` (${times} times so far)` : ""}`);
      }
    },
    end() {
      progress?.finish();
      progress = undefined;
    },
  };
}

function reportTruncations({ truncations }: LanguageModel): void {
  const notice = truncationNotice(truncations);
  if (notice !== undefined) tell(`flowc: ${notice}`);
}
