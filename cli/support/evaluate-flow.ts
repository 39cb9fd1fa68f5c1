import type { TruncationCount } from "../../runtime/policy/prompts.js";
import { logOf } from "../../runtime/search/index.js";
import {
  checkPairs,
  evaluate,
  formatPredictions,
  type Metrics,
  MusiqueSimulator,
  type Prediction,
  questionOf,
  readMusique,
} from "../../runtime/simulator/index.js";
import { startProgress } from "../progress.js";
import { findAgentAdapters, useAgentAdapters } from "./agent-adapters.js";
import { addEffects } from "./effects.js";
import { type ModelOptions, openModel } from "./model.js";
import { openFlow } from "./open-flow.js";
import { checkPairwise } from "./pairwise.js";
import { type Drawing, type LostQuestion, playQuestions } from "./play-questions.js";
import { checkQuestionFlow } from "./question-flow.js";
import { checkRecord, RecordFile } from "./record-file.js";
import { compare, type Interval, intervalsOf, meanOf, readScores, type Score } from "./scores.js";
import { allowedModules, readSettings } from "./settings.js";
import { jsonText, tell } from "./terminal.js";
import { checkLongPrompts, parseLongPrompts, truncationNotice } from "./truncation.js";
import { checkVacant, writeFiles } from "./write-files.js";

/** What is written to --out. */
const FILES = ["predictions.jsonl", "scores.jsonl", "eval.json"] as const;

/** Answers that vote with --extractive, as in the paper. */
const GUESSES = 4;

/** What `flowc eval` was asked, as commander gives it. */
export interface EvalOptions extends Omit<ModelOptions, "model"> {
  readonly data: string;
  readonly model?: string;
  /** Name of the flow, where the file has several. */
  readonly flow?: string;
  readonly allowExtern?: boolean;
  readonly config?: string;
  readonly adapters?: string;
  readonly agents?: readonly string[];
  readonly limit?: number;
  readonly extractive?: boolean;
  readonly guesses?: number;
  /** The agent that says which of two rows can be answered. */
  readonly pairwise?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly record?: string;
  /** Draws what agents say, instead of taking the most probable. */
  readonly temperature?: number;
  /** Of the draws. */
  readonly seed?: number;
  readonly against?: string;
  readonly predictions?: string;
  readonly json?: boolean;
}

/** What `flowc eval --json` prints. */
export type Evaluation = Metrics & {
  readonly flow: string;
  readonly questions: number;
  /** The share of rows whose answerability was judged right; only for MuSiQue-Full. */
  readonly sufficiency?: number;
  /** 95 % bootstrap intervals over questions, by metric. */
  readonly intervals: Readonly<Record<string, Interval>>;
  /** Paired differences to the evaluation named by --against, by metric. */
  readonly gains?: Readonly<Record<string, { readonly mean: number; readonly interval: Interval }>>;
  /** Questions whose episodes broke; they count as no answer. */
  readonly lost: readonly LostQuestion[];
  /** What answers were made into before they counted, where that was asked for, and of how many rows. */
  readonly extractive?: { readonly guesses: number; readonly changed: number };
  readonly pairwise?: { readonly agent: string; readonly changed: number };
  /** Agents that ran with an adapter. */
  readonly adapters: readonly string[];
  /** Prompts that did not fit into the model's context, and the tokens left out of them. */
  readonly truncated: TruncationCount;
  readonly calls: number;
  readonly tokens: { readonly prefilled: number; readonly reused: number; readonly decoded: number };
  readonly seconds: number;
};

/**
 * Plays a flow on all questions of a data file and reports how it did.
 *
 * @throws CommandFailure, PolicyError, DataError or SearchError for what the user can mend
 */
export async function evaluateFlow(
  path: string,
  options: EvalOptions & { readonly model: string },
): Promise<void> {
  const began = performance.now();
  const settings = readSettings(options.config);
  const allowExtern = allowedModules(options.allowExtern, settings);
  const flow = await openFlow(path, { ...options, allowExtern });
  checkQuestionFlow(flow);
  const { pairwise, limit, against, adapters: folder, out, record, force = false } = options;
  if (out !== undefined) checkVacant(out, FILES, force);
  if (record !== undefined) checkRecord(record, force);
  const rows = await readMusique(options.data, limit === undefined ? {} : { limit });
  checkPairs(rows);
  if (pairwise !== undefined) checkPairwise(flow, pairwise, rows, options.data);
  const musique = new MusiqueSimulator(rows, settings.reward, options.data);
  const simulator = await addEffects(musique, flow, path, allowExtern);
  const ids = simulator.tasks.map((task) => task.id);
  const before = against === undefined ? undefined : await readScores(against, ids);
  const adapters = folder === undefined ? [] : findAgentAdapters(flow.agents, folder, options.agents);
  const longPrompts = parseLongPrompts(options.longPrompts ?? "left-of-user");
  checkLongPrompts(longPrompts, flow.agents);
  const recorded = record === undefined ? undefined : new RecordFile(record);
  const model = await openModel(options, { longPrompts });
  const progress = startProgress("eval", rows.length, "questions");
  try {
    if (folder !== undefined) await useAgentAdapters(model, adapters, folder);
    const search = { flow, policy: model, simulator };
    const guesses = options.extractive === true ? (options.guesses ?? GUESSES) : undefined;
    const { predictions, scores, lost, changed, counters } = await playQuestions(
      search,
      musique,
      {
        onPlayed: (count, reward) => progress.update(count, `reward ${reward.toFixed(3)}`),
        onEpisode({ episode, judgement: { reward } }) {
          const stratum = musique.stratum(episode.task);
          recorded?.add(logOf(flow, episode, { reward, ...(stratum === undefined ? {} : { stratum }) }));
        },
      },
      {
        ...drawnAs(options),
        ...(guesses === undefined ? {} : { guesses }),
        ...(pairwise === undefined ? {} : { pairwise }),
      },
    );
    const { calls, prefilled, reused, decoded } = counters;
    const evaluation: Evaluation = {
      flow: flow.flow,
      questions: new Set(ids.map(questionOf)).size,
      ...evaluate(predictions, rows),
      ...(rows.every((row) => row.answerable) ? {} : { sufficiency: meanOf(scores, "sufficiency") }),
      intervals: intervalsOf(scores),
      ...(before === undefined ? {} : { gains: compare(before, scores) }),
      lost,
      ...(guesses === undefined ? {} : { extractive: { guesses, changed: changed.extractive! } }),
      ...(pairwise === undefined ? {} : { pairwise: { agent: pairwise, changed: changed.pairwise! } }),
      adapters,
      truncated: model.truncations,
      calls,
      tokens: { prefilled, reused, decoded },
      seconds: (performance.now() - began) / 1000,
    };
    progress.finish();
    // Printed first: a disk that is full now takes nothing of what was measured.
    process.stdout.write(options.json === true ? `${jsonText(evaluation)}\n` : render(evaluation));
    tellLost(lost);
    if (out !== undefined) write(out, predictions, scores, evaluation);
    recorded?.keep();
  } finally {
    progress.finish();
    recorded?.discard();
    await model.close();
  }
}

function drawnAs({ temperature, seed = 0 }: EvalOptions): Drawing {
  return temperature === undefined ? { seed } : { seed, sampling: { temperature, topP: 1, sample: 0 } };
}

/** Lost questions that are told of one by one. */
const TOLD = 5;

function tellLost(lost: readonly LostQuestion[]): void {
  if (lost.length === 0) return;
  const count = lost.length === 1 ? "1 episode was lost" : `${lost.length} episodes were lost`;
  const lines = lost.slice(0, TOLD).map(({ problem }) => `  ${problem}`);
  const more = lost.length > TOLD ? [`  and ${lost.length - TOLD} more, which --json and --out name`] : [];
  tell([`flowc: ${count}, and counted as no answer`, ...lines, ...more].join("\n"));
}

function write(
  folder: string,
  predictions: readonly Prediction[],
  scores: readonly Score[],
  evaluation: Evaluation,
): void {
  const texts: Readonly<Record<(typeof FILES)[number], string>> = {
    "predictions.jsonl": formatPredictions(predictions),
    "scores.jsonl": scores.map((score) => `${JSON.stringify(score)}\n`).join(""),
    "eval.json": `${JSON.stringify(evaluation, null, 2)}\n`,
  };
  writeFiles(
    folder,
    FILES.map((name) => ({ name, text: texts[name] })),
  );
}

function render(evaluation: Evaluation): string {
  const { intervals, gains, extractive, pairwise, truncated, questions, seconds } = evaluation;
  const number = (value: number): string => value.toFixed(3);
  const figures = evaluation as unknown as Readonly<Record<string, number | undefined>>;
  const names = Object.keys(intervals).filter((name) => figures[name] !== undefined);
  const width = Math.max(12, ...names.map((name) => name.length));
  const lines = names.map((name) => {
    const gain = gains?.[name];
    const change =
      gain === undefined
        ? ""
        : `  gain ${gain.mean >= 0 ? "+" : ""}${number(gain.mean)} [${gain.interval.map(number).join(", ")}]`;
    const interval = intervals[name];
    const spread = interval === undefined ? "" : ` [${interval.map(number).join(", ")}]`;
    return `${name.padEnd(width)} ${number(figures[name]!)}${spread}${change}`;
  });
  if (extractive !== undefined)
    lines.push(`${extractive.changed} answers were made parts of their paragraphs`);
  if (pairwise !== undefined)
    lines.push(`${pairwise.changed} rows were told from their partners by ${pairwise.agent}`);
  const notice = truncationNotice(truncated);
  if (notice !== undefined) lines.push(notice);
  lines.push(`${questions} questions in ${seconds.toFixed(1)} s`);
  return `${lines.join("\n")}\n`;
}
