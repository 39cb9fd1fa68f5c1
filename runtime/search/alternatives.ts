import { joinKey } from "../machine/random.js";
import { byLogOdds, checkReply } from "./decide.js";
import type { Desk } from "./desk.js";
import { type Alternative, type ChoiceStep, choiceAt, type Episode, type Output } from "./episode.js";
import { SearchError } from "./error.js";
import { normalizeOutput } from "./normal.js";
import type { Decoding, Query } from "./ports/policy.js";

/**
 * How other texts are found: drawn one by one; by diverse beam search in groups of one beam, which avoid one another's
 * tokens; or as the most probable texts that a beam search finds.
 */
export type TextMethod = "sample" | "diverse-beam" | "top-n";

/** How many alternatives are tried, and how texts are found. */
export interface AlternativeBudget {
  /** Other texts per generate site at most. */
  readonly generate: number;
  /** Default `sample`. */
  readonly method?: TextMethod;
  /** Texts per generate site that are drawn, or that a beam search finds, to have as many that differ. */
  readonly draws: number;
  /** What a token costs a group of a diverse beam search, in nats, for each earlier group that takes it; default 1. */
  readonly diversity?: number;
  /** Other labels per choose site at most; Infinity for all. */
  readonly choose: number;
  /** Other candidates per pick site at most; Infinity for all. */
  readonly pick: number;
  readonly temperature: number;
  /** Default 0, which keeps all tokens. */
  readonly topK?: number;
  readonly topP: number;
}

/** A choice point at which something else is to be tried. */
export interface Tried {
  readonly episode: Episode;
  /** Index into the episode's steps. */
  readonly step: number;
}

/**
 * What else each of these choice points could have decided, in the order in which it is to be tried. Labels and
 * candidates are exact, the most probable first; texts are found in one batch, and kept where they differ from the
 * greedy text and from one another after normalisation.
 *
 * @param lose is told of a choice point at which the policy gave what does not fit; nothing else is tried there
 */
export async function alternatives(
  desk: Desk,
  tried: readonly Tried[],
  budget: AlternativeBudget,
  lose: (error: SearchError, index: number) => void,
): Promise<readonly (readonly Alternative[])[]> {
  const queries = tried.map((at) => textQueries(at, budget));
  const outputs = await desk.ask(queries.flat());
  let next = 0;
  return tried.map(({ episode, step: index }, i) => {
    const step = choiceAt(episode, index);
    const drawn = outputs.slice(next, next + queries[i]!.length);
    next += drawn.length;
    try {
      for (const output of drawn) checkReply(step.requests[0]!, output, episode.task.id);
    } catch (thrown) {
      if (!(thrown instanceof SearchError)) throw thrown;
      lose(thrown, i);
      return [];
    }
    return others(step, drawn, budget);
  });
}

function others(
  step: ChoiceStep,
  drawn: readonly Output[],
  budget: AlternativeBudget,
): readonly Alternative[] {
  switch (step.kind) {
    case "generate":
      return distinctTexts(step, drawn).slice(0, budget.generate);
    case "choose":
      return otherLabels(step).slice(0, budget.choose);
    case "pick":
      return otherCandidates(step).slice(0, budget.pick);
  }
}

function textQueries({ episode, step: index }: Tried, budget: AlternativeBudget): readonly Query[] {
  const step = choiceAt(episode, index);
  if (step.kind !== "generate" || budget.generate === 0) return [];
  const { seed, epoch, task } = episode;
  return Array.from({ length: budget.draws }, (_, sample) => ({
    request: step.requests[0]!,
    decoding: decodingOf(
      budget,
      sample,
      joinKey({ seed, epoch, task: task.id, point: step.point, purpose: "alternative", sample }),
    ),
    affinity: task.id,
  }));
}

/** How the text of a number is found; a beam search has no random key. */
function decodingOf(budget: AlternativeBudget, index: number, key: string): Decoding {
  const { method = "sample", draws, diversity = 1, temperature, topK = 0, topP } = budget;
  switch (method) {
    case "sample":
      return { kind: "sample", temperature, topK, topP, key };
    case "diverse-beam":
      return { kind: "beam", groups: draws, beams: 1, diversity, index };
    case "top-n":
      return { kind: "beam", groups: 1, beams: draws, diversity: 0, index };
  }
}

function distinctTexts(step: ChoiceStep, drawn: readonly Output[]): readonly Alternative[] {
  const { ask } = step.requests[0]!;
  const seen = new Set([normalizeOutput(ask, step.reply)]);
  const found: Alternative[] = [];
  for (const output of drawn) {
    const text = normalizeOutput(ask, output.reply);
    if (seen.has(text)) continue;
    seen.add(text);
    found.push({ reply: output.reply, output });
  }
  return found;
}

function otherLabels(step: ChoiceStep): readonly Alternative[] {
  const { ask } = step.requests[0]!;
  const { reply } = step;
  if (ask.kind !== "choose" || reply.kind !== "label")
    throw new Error(`${step.point} did not choose a label`);
  const logProbs = step.outputs[0]!.labelLogProbs;
  const order = ask.labels.map((label, i) => ({ label, logProb: logProbs?.[i] ?? 0 }));
  return order
    .filter(({ label }) => label !== reply.label)
    .sort((a, b) => (a.logProb === b.logProb ? 0 : a.logProb > b.logProb ? -1 : 1))
    .map(({ label }) => ({ reply: { kind: "label", label } }));
}

function otherCandidates(step: ChoiceStep): readonly Alternative[] {
  const { reply } = step;
  if (reply.kind !== "pick") throw new Error(`${step.point} did not pick a candidate`);
  return byLogOdds(step.requests, step.outputs)
    .filter((candidate) => candidate !== reply.candidate)
    .map((candidate) => ({ reply: { kind: "pick", candidate } }));
}
