import type { Json, Reply, Request } from "../machine/index.js";
import { joinKey, uniform } from "../machine/random.js";
import type { Answer, Decoding } from "./ports/policy.js";

/** How the outputs of an episode are drawn from the policy, instead of being its most probable ones. */
export interface Sampling {
  /** Of texts, labels and picks. */
  readonly temperature: number;
  /** Of texts; all tokens by default. */
  readonly topK?: number;
  /** Of texts; 1 keeps everything. */
  readonly topP: number;
  /** Tells episodes of one task and epoch apart. */
  readonly sample: number;
}

/** Where a drawn output belongs: what keys its random numbers besides the choice point. */
export interface Noise {
  readonly seed: number;
  readonly epoch: number;
  readonly task: string;
  /** E.g. `sampled`; keeps two draws at one choice point apart. */
  readonly purpose: string;
  readonly sampling: Sampling;
}

/** Texts are drawn by the policy. Labels and picks are drawn here, from what it says of all of them. */
export function decodingOf({ ask, point }: Request, noise: Noise): Decoding {
  if (ask.kind === "choose" || ask.kind === "score") return { kind: "greedy" };
  const { temperature, topK = 0, topP, sample } = noise.sampling;
  return { kind: "sample", temperature, topK, topP, key: joinKey({ ...noise, point, sample }) };
}

/** What a choice point decides, drawn from its answers. */
export function drawReply(
  requests: readonly Request[],
  outputs: readonly Pick<Answer, "reply" | "labelLogProbs">[],
  noise: Noise,
): Reply {
  const { ask, point } = requests[0]!;
  switch (ask.kind) {
    case "generate":
    case "record":
      return outputs[0]!.reply;
    case "choose": {
      const { labelLogProbs } = outputs[0]!;
      if (labelLogProbs === undefined)
        throw new Error(`the policy does not say how probable the labels at ${point} are`);
      return { kind: "label", label: ask.labels[draw(labelLogProbs, point, noise)]! };
    }
    case "score": {
      const odds = outputs.map(({ reply }) => (reply.kind === "score" ? reply.logOdds : Number.NaN));
      const chosen = requests[draw(odds, point, noise)]!.ask;
      return { kind: "pick", candidate: chosen.kind === "score" ? chosen.candidate : 0 };
    }
  }
}

/** An index, drawn with probabilities that are proportional to exp(logit / temperature). */
function draw(logits: readonly number[], point: string, { sampling, ...key }: Noise): number {
  const { temperature, sample } = sampling;
  const top = Math.max(...logits);
  // A logit may be infinite, and its difference from itself is no number.
  const weights = logits.map((logit) => (logit === top ? 1 : Math.exp((logit - top) / temperature)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = uniform({ ...key, point, sample }) * total;
  for (const [i, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

/** What a drawn future depends on besides the states: plain JSON. */
export function futureOf({ epoch, task, sampling }: Noise): Json {
  return { epoch, task, sampling: { ...sampling } };
}
