import type { ChoiceStep } from "../../search/index.js";

/** Rounding may leave a log-probability above 0 by no more than this. */
const ROUNDING = 1e-6;

/**
 * l of what a logged step decided, under the policy that answered then: as `probabilityOf` scores it, at temperature 1.
 *
 * @returns undefined where the log does not say it, as of agents that were mocked
 */
export function drawnWith({ kind, requests, outputs, reply }: ChoiceStep): number | undefined {
  const [first] = outputs;
  if (kind === "generate") return first?.ids === undefined ? undefined : logProbability(first.logProb);
  if (kind === "choose" && reply.kind === "label") {
    const { ask } = requests[0]!;
    const labels = ask.kind === "choose" ? ask.labels : [];
    return shareOf(first?.labelLogProbs, labels.indexOf(reply.label), labels.length);
  }
  if (kind === "pick" && reply.kind === "pick") {
    // Of a candidate that was taken by a mock a log has odds, which nobody has computed.
    if (outputs.some(({ labelLogProbs }) => labelLogProbs === undefined)) return undefined;
    const odds = outputs.map((output) => (output.reply.kind === "score" ? output.reply.logOdds : Number.NaN));
    const index = requests.findIndex(({ ask }) => ask.kind === "score" && ask.candidate === reply.candidate);
    return shareOf(odds, index, requests.length);
  }
  return undefined;
}

/** Log of one of several weights' share, given their logs. */
function shareOf(logs: unknown, index: number, count: number): number | undefined {
  if (!Array.isArray(logs) || logs.length !== count || !logs.every((log) => typeof log === "number"))
    return undefined;
  const numbers: readonly number[] = logs;
  const top = Math.max(...numbers);
  const total = numbers.reduce((sum, log) => sum + Math.exp(log - top), 0);
  return logProbability(numbers[index]! - top - Math.log(total));
}

/** Of an output that could not have come about nothing is known; in a file the smallest number stands for that. */
function logProbability(value: unknown): number | undefined {
  const isOne = typeof value === "number" && value <= ROUNDING && value > -Number.MAX_VALUE;
  return isOne ? value : undefined;
}
