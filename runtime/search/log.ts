import type { EffectRequest, FlowModule, Json, Reply, Request } from "../machine/index.js";
import { type Episode, isChoice, type Output, type Step } from "./episode.js";
import { DEEPEST } from "./plain.js";
import type { Task } from "./ports/simulator.js";
import type { Sampling } from "./sampling.js";

/**
 * An episode as it is kept: what was asked and what was answered, without the machine's states, which follow from
 * these. Plain JSON.
 */
export interface EpisodeLog {
  readonly format: 1;
  /** Name of the flow, and the hash of what it was compiled from. */
  readonly flow: string;
  readonly source: string;
  readonly seed: number;
  readonly epoch: number;
  readonly task: Task;
  /** How its outputs were drawn; absent where they are greedy. */
  readonly sampling?: Sampling;
  readonly steps: readonly LoggedStep[];
  readonly result: Json;
  /** The simulator's state at the end; absent of a flow without effects. */
  readonly world?: Json;
  /** What the episode was worth, finite; absent where nobody knows, or not yet. */
  readonly reward?: number;
  /** The task's kind; absent where it has none. */
  readonly stratum?: string;
}

/** What is known of an episode besides what happened in it. */
export type LoggedOutcome = Pick<EpisodeLog, "reward" | "stratum">;

export type LoggedStep =
  | {
      readonly kind: "choice";
      readonly point: string;
      readonly requests: readonly Request[];
      readonly outputs: readonly Output[];
      readonly reply: Reply;
    }
  | {
      readonly kind: "effect";
      readonly point: string;
      readonly request: EffectRequest;
      readonly reply: Extract<Reply, { kind: "effect" }>;
      /** The simulator's state before it, of the first effect alone, and after it. */
      readonly world?: Json;
      readonly after: Json;
    };

/** What to keep of an episode so that it can be replayed, and with its outcome learned from, wherever that may be. */
export function logOf(
  flow: Pick<FlowModule, "flow" | "source">,
  episode: Episode,
  { reward, stratum }: LoggedOutcome = {},
): EpisodeLog {
  const { seed, epoch, task, sampling, steps, result, world } = episode;
  return {
    format: 1,
    flow: flow.flow,
    source: flow.source,
    seed,
    epoch,
    task,
    ...(sampling === undefined ? {} : { sampling }),
    steps: loggedSteps(steps),
    result,
    ...(world === undefined ? {} : { world }),
    ...(reward === undefined ? {} : { reward }),
    ...(stratum === undefined ? {} : { stratum }),
  };
}

function loggedSteps(steps: readonly Step[]): readonly LoggedStep[] {
  const firstEffect = steps.findIndex((step) => !isChoice(step));
  return steps.map((step, index): LoggedStep => {
    const { point } = step;
    if (isChoice(step)) {
      const { requests, outputs, reply } = step;
      return { kind: "choice", point, requests, outputs: outputs.map(finite), reply };
    }
    const { request, reply, world, after } = step;
    return { kind: "effect", point, request, reply, ...(index === firstEffect ? { world } : {}), after };
  });
}

/** An output as JSON can have it, which knows no infinities: the largest numbers stand for them, as in states. */
function finite(output: Output): Output {
  const { reply, logProb, labelLogProbs } = output;
  const odds = reply.kind === "score" ? reply.logOdds : 0;
  if ([odds, logProb, ...(labelLogProbs ?? [])].every(Number.isFinite)) return output;
  return {
    ...output,
    reply: reply.kind === "score" ? { kind: "score", logOdds: clamped(odds) } : reply,
    logProb: clamped(logProb),
    ...(labelLogProbs === undefined ? {} : { labelLogProbs: labelLogProbs.map(clamped) }),
  };
}

function clamped(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}

/**
 * A log that was kept as text. It may come from anywhere: what stands in it is looked at when it is replayed.
 *
 * @returns the log, or why the text is none
 */
export function parseLog(text: string): { readonly log: EpisodeLog } | { readonly problem: string } {
  // Whatever walks over a value later on calls itself for what is within it.
  if (nestsDeeper(text, DEEPEST)) return { problem: `it nests deeper than ${DEEPEST} levels` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `it is no JSON: ${(error as Error).message}` };
  }
  const problem = problemOf(value);
  return problem === undefined ? { log: value as EpisodeLog } : { problem };
}

function problemOf(value: unknown): string | undefined {
  if (!isRecord(value)) return "it is no JSON object";
  const { format, flow, source, seed, epoch, task, sampling, steps, result, reward, stratum } = value;
  if (format !== 1) return `its format is ${JSON.stringify(format)}; this version of flowc reads format 1`;
  if (typeof flow !== "string" || typeof source !== "string") return "it does not name its flow";
  if (!isCount(seed) || !isCount(epoch)) return "its seed and epoch are no whole numbers";
  if (!isRecord(task) || typeof task.id !== "string" || task.input === undefined)
    return "it does not name its task";
  if (sampling !== undefined && !isSampling(sampling)) return "it does not say how its outputs were drawn";
  if (!Array.isArray(steps) || !steps.every(isStep))
    return "its steps are no list of what was asked and answered";
  if (result === undefined) return "it has no result";
  // A number too large for JSON's reader comes out as an infinity.
  if (reward !== undefined && !Number.isFinite(reward)) return "its reward is no finite number";
  return stratum === undefined || typeof stratum === "string" ? undefined : "its stratum is no text";
}

/** Whether a JSON text opens more brackets within each other than it may. */
function nestsDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at];
    if (isText) {
      if (unit === "\\") at += 1;
      else if (unit === '"') isText = false;
    } else if (unit === '"') isText = true;
    else if (unit === "{" || unit === "[") {
      depth += 1;
      if (depth > limit) return true;
    } else if (unit === "}" || unit === "]") depth -= 1;
  }
  return false;
}

function isStep(step: unknown): boolean {
  if (!isRecord(step) || typeof step.point !== "string" || !isRecord(step.reply)) return false;
  if (step.kind === "effect") return isRecord(step.request) && step.after !== undefined;
  if (step.kind !== "choice" || !Array.isArray(step.requests) || !Array.isArray(step.outputs)) return false;
  return (
    step.requests.every(isRecord) &&
    step.outputs.every((output: unknown) => isRecord(output) && isRecord(output.reply))
  );
}

function isSampling(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { temperature, topK = 0, topP, sample } = value;
  const isAbove = (number: unknown) => Number.isFinite(number) && (number as number) > 0;
  return isAbove(temperature) && isAbove(topP) && isCount(topK) && isCount(sample);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
