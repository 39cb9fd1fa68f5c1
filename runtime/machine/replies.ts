import type { Json } from "./json.js";
import type { Reply } from "./request.js";
import { conform } from "./schema.js";

/** What a machine does with a reply before it goes on. All throw RangeError for a reply that does not belong. */

/** The text that answers the request `point`. */
export function textReply(point: string, id: string, reply: Reply): string {
  if (id !== point) throw unexpectedReply(id, point);
  if (reply.kind !== "text") throw misfit(id, "text", reply.kind);
  if (typeof reply.text !== "string") throw new RangeError(`the text for ${id} is none`);
  return reply.text;
}

/** The record that answers the request `point`, as its schema orders its fields. */
export function recordReply<T>(point: string, schema: Json, id: string, reply: Reply): T {
  if (id !== point) throw unexpectedReply(id, point);
  if (reply.kind !== "record") throw misfit(id, "record", reply.kind);
  const fitted = conform(schema, reply.value);
  if ("problem" in fitted) throw new RangeError(`the record for ${id} does not fit: ${fitted.problem}`);
  return fitted.value as T;
}

/** The label that answers the request `point`, one of `labels`. */
export function labelReply<Label extends string>(
  point: string,
  labels: readonly Label[],
  id: string,
  reply: Reply,
): Label {
  if (id !== point) throw unexpectedReply(id, point);
  if (reply.kind !== "label") throw misfit(id, "label", reply.kind);
  const label = labels.find((each) => each === reply.label);
  if (label === undefined) throw new RangeError(`${JSON.stringify(reply.label)} is no label of ${id}`);
  return label;
}

/** The log-odds of a pick's candidates so far, in their order; null where none has come. */
export type Scores = readonly (number | null)[];

/** A pick either has its candidate, or waits for more scores. */
export type Picking =
  | { readonly done: true; readonly candidate: number }
  | { readonly done: false; readonly scores: Scores };

/**
 * Takes a score of one candidate (the request `point?candidate`) or the decision of the whole pick (`point`).
 * With the last score the best candidate is picked: the highest log-odds, the lowest index among equals.
 * @param candidates indices into the picked list, ascending
 */
export function pickReply(
  point: string,
  candidates: readonly number[],
  scores: Scores,
  id: string,
  reply: Reply,
): Picking {
  if (id === point) {
    if (reply.kind !== "pick") throw misfit(id, "pick", reply.kind);
    if (!candidates.includes(reply.candidate)) {
      throw new RangeError(`${reply.candidate} is no candidate of ${id}`);
    }
    return { done: true, candidate: reply.candidate };
  }
  const position = candidates.findIndex((candidate) => id === `${point}?${candidate}`);
  if (position === -1 || scores[position] !== null) throw unexpectedReply(id, point);
  if (reply.kind !== "score") throw misfit(id, "score", reply.kind);
  const known = scores.with(position, storable(reply.logOdds, id));
  return known.includes(null)
    ? { done: false, scores: known }
    : { done: true, candidate: best(candidates, known) };
}

function best(candidates: readonly number[], scores: Scores): number {
  let found = 0;
  scores.forEach((score, index) => {
    if (score! > scores[found]!) found = index;
  });
  return candidates[found]!;
}

/** JSON has no infinities; the largest doubles stand for them and keep the order. */
function storable(logOdds: number, id: string): number {
  if (Number.isNaN(logOdds)) throw new RangeError(`the score of ${id} is not a number`);
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, logOdds));
}

/** The candidates whose score has not come. */
export function unscored(candidates: readonly number[], scores: Scores): number[] {
  return candidates.filter((_, index) => scores[index] === null);
}

/** The error for a reply to something that is not pending. */
export function unexpectedReply(id: string, pending = "nothing"): RangeError {
  return new RangeError(`a reply to ${JSON.stringify(id)}, while ${pending} is pending`);
}

function misfit(id: string, wanted: string, found: string): RangeError {
  return new RangeError(`${id} takes a ${wanted} reply, not a ${found} one`);
}
