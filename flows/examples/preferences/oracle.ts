/** An evaluator that knows the truth of a question. It stands for a model that is good enough to be one. */

interface Answer {
  readonly answer: string;
  readonly support: readonly number[];
}

interface Truth {
  readonly answers: readonly string[];
  readonly support: readonly number[];
}

type Grade = "useless" | "wrong" | "partial" | "right" | "grounded";

/** Below 0 if the first of two is closer to the truth, above 0 if the second is: by its answer, then by its documents. */
export function closer(a: Answer, b: Answer, truth: Truth): number {
  const [left, right] = [a, b].map(({ answer }) => likeness(answer, truth.answers)) as [number, number];
  if (left !== right) return left > right ? -1 : 1;
  const [own, other] = [a, b].map((each) => found(each, truth) - stray(each, truth)) as [number, number];
  return Math.sign(other - own);
}

/** What there is to say about an answer, in words. */
export function critique(result: Answer, truth: Truth): string {
  const like = likeness(result.answer, truth.answers);
  const verdict = like === 1 ? "is right" : like > 0 ? "has a part of what is right" : "is wrong";
  const documents = `${found(result, truth)} of the ${truth.support.length} documents that matter were found`;
  return `The answer ${verdict}; ${documents}, and ${stray(result, truth)} that do not.`;
}

/** The grade that a critique comes to. */
export function grade(feedback: string): Grade {
  const [, some, all] = /; (\d+) of the (\d+) documents/.exec(feedback) ?? [];
  if (feedback.includes("is right;")) return some === all ? "grounded" : "right";
  if (feedback.includes("has a part")) return "partial";
  return Number(some ?? 0) > 0 ? "wrong" : "useless";
}

/** The share of words that an answer has in common with the likeliest of the true ones, as an F1. */
function likeness(answer: string, truths: readonly string[]): number {
  return Math.max(0, ...truths.map((truth) => overlap(words(answer), words(truth))));
}

function overlap(said: readonly string[], wanted: readonly string[]): number {
  const open = [...wanted];
  const common = said.filter((word) => {
    const at = open.indexOf(word);
    if (at >= 0) open.splice(at, 1);
    return at >= 0;
  }).length;
  return common === 0 ? 0 : (2 * common) / (said.length + wanted.length);
}

function words(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function found({ support }: Answer, truth: Truth): number {
  return support.filter((idx) => truth.support.includes(idx)).length;
}

function stray({ support }: Answer, truth: Truth): number {
  return support.length - found({ answer: "", support }, truth);
}
