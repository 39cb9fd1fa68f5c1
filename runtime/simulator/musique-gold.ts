import type { Reply, Request } from "../machine/index.js";
import type { Simulator } from "../search/ports/simulator.js";
import { goldSupport, type MusiqueRow } from "./musique.js";

type Steps = Parameters<Required<Simulator>["gold"]>[2];

/**
 * What the agents of a flow over MuSiQue questions should say, by the question's decomposition and its supporting
 * paragraphs. Agents are known by the names that they have in `flows/musique-answerable.flow` and `flows/musique-full.flow`, and
 * a pick is one among the question's paragraphs:
 *
 * - `query`: what the first step asks whose paragraph has not been picked, with earlier answers filled in;
 * - a pick: that step's paragraph;
 * - `enough`: `yes` once all supporting paragraphs are picked, and never of a question that cannot be answered;
 * - `sufficient`: whether the question can be answered, whatever was picked: it is asked when nothing more will be, and to decline
 *   a question that has an answer is never right;
 * - `final`: the answer.
 *
 * MuSiQue knows of no draft, nor of anything that other agents might say.
 */
export function goldReply(row: MusiqueRow, requests: readonly Request[], earlier: Steps): Reply | undefined {
  const { agent, ask } = requests[0]!;
  const found = pickedBefore(row, earlier);
  if (ask.kind === "score") {
    const wanted = missing(row, found)?.support;
    const candidate = row.paragraphs.findIndex(({ idx }) => idx === wanted);
    const isAsked = requests.some((one) => one.ask.kind === "score" && one.ask.candidate === candidate);
    return isAsked ? { kind: "pick", candidate } : undefined;
  }
  switch (agent) {
    case "query": {
      const query = missing(row, found)?.query;
      return query === undefined || ask.kind !== "generate" ? undefined : { kind: "text", text: query };
    }
    case "enough":
      return verdict(ask, row.answerable && goldSupport(row).every((idx) => found.has(idx)));
    case "sufficient":
      return verdict(ask, row.answerable);
    case "final":
      return row.answerable && ask.kind === "generate" ? { kind: "text", text: row.answer } : undefined;
    default:
      return undefined;
  }
}

function verdict(ask: Request["ask"], holds: boolean): Reply | undefined {
  const label = holds ? "yes" : "no";
  return ask.kind === "choose" && ask.labels.includes(label) ? { kind: "label", label } : undefined;
}

/** `idx` of the paragraphs that were picked. */
function pickedBefore({ paragraphs }: MusiqueRow, earlier: Steps): ReadonlySet<number> {
  return new Set(
    earlier.flatMap(({ reply }) => (reply.kind === "pick" ? (paragraphs[reply.candidate]?.idx ?? []) : [])),
  );
}

/** The first step whose paragraph is not among those found; without a decomposition, the first supporting paragraph. */
function missing(
  row: MusiqueRow,
  found: ReadonlySet<number>,
): { readonly query?: string; readonly support: number } | undefined {
  const { decomposition } = row;
  if (decomposition.length === 0) {
    const support = goldSupport(row).find((idx) => !found.has(idx));
    return support === undefined ? undefined : { support };
  }
  for (const [i, { support }] of decomposition.entries()) {
    if (support !== null && !found.has(support)) return { query: goldQuery(row, i), support };
  }
  return undefined;
}

/** A step's question with the answers of earlier steps in place of `#1`, `#2`, ... */
export function goldQuery({ decomposition }: MusiqueRow, step: number): string {
  return decomposition[step]!.question.replace(/#(\d+)/gu, (whole, digits: string) => {
    const number = Number(digits);
    return number >= 1 && number <= step ? decomposition[number - 1]!.answer : whole;
  });
}
