import * as tf from "@tensorflow/tfjs-core";
import type { Decoder, Weights } from "../../runtime/policy/model/decoder.js";
import type { Tokenizer } from "../../runtime/policy/tokenizer/index.js";
import { KeyedRandom } from "../data/random.js";
import { AGENTS, type AgentName } from "./agents.js";
import { makeBatch, type Sequence } from "./batches.js";
import { isLabelled, makeExample } from "./examples.js";
import { targetLogits } from "./loss.js";
import type { Row } from "./rows.js";
import { tokenise } from "./stream.js";

/** Gold examples of one agent, as tokens. */
export type HeldOut = ReadonlyMap<AgentName, readonly Sequence[]>;

/** The first `perAgent` questions' examples for each agent; the same for the same questions. */
export function heldOutExamples(rows: readonly Row[], perAgent: number, tokenizer: Tokenizer): HeldOut {
  return new Map(
    AGENTS.map((agent) => [
      agent,
      rows
        .slice(0, perAgent)
        .map((row) =>
          tokenise(makeExample(agent, row, new KeyedRandom(`held ${row.id} ${agent}`)), tokenizer),
        ),
    ]),
  );
}

const AT_ONCE = 32;

/**
 * The share of each agent's examples that greedy decoding answers exactly: texts token for token with the end
 * token, labels by the likelier of the two. Text needs no decoding: greedy decoding gives the gold text exactly if each
 * of its tokens is the most probable one after the gold tokens before it.
 */
export function accuracyPerAgent(
  decoder: Decoder,
  weights: Weights,
  examples: HeldOut,
  tokenizer: Tokenizer,
): Map<AgentName, number> {
  const labels = ["yes", "no"].map((label) => tokenizer.encodePlain(label)[0]!);
  const out = new Map<AgentName, number>();
  for (const [agent, sequences] of examples) {
    const candidates = isLabelled(agent) ? labels : undefined;
    let right = 0;
    for (let at = 0; at < sequences.length; at += AT_ONCE)
      right += countRight(decoder, weights, sequences.slice(at, at + AT_ONCE), candidates);
    out.set(agent, right / sequences.length);
  }
  return out;
}

function countRight(
  decoder: Decoder,
  weights: Weights,
  sequences: readonly Sequence[],
  candidates: readonly number[] | undefined,
): number {
  const batch = makeBatch(sequences, { prompt: 0, text: 1, label: 1 });
  const logits = tf.tidy(() => targetLogits(decoder, weights, batch).dataSync() as Float32Array);
  const width = decoder.config.vocabSize;
  const wrong = new Set<number>();
  const seen = new Set<number>();
  batch.targets.forEach((target, i) => {
    const row = batch.owners[i]!;
    const isFirst = !seen.has(row);
    seen.add(row);
    // After a label only the end token can follow.
    if (candidates !== undefined && !isFirst) return;
    const scores = logits.subarray(i * width, (i + 1) * width);
    const best = (candidates ?? scores.keys()) as Iterable<number>;
    if (argmax(scores, best) !== target) wrong.add(row);
  });
  return sequences.length - wrong.size;
}

function argmax(scores: Float32Array, among: Iterable<number>): number {
  let best = -1;
  for (const id of among) if (best < 0 || scores[id]! > scores[best]!) best = id;
  return best;
}
