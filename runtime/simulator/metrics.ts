/**
 * The figures of MuSiQue's official evaluator for one question. Formulas: token F1 and exact match of SQuAD
 * (Rajpurkar et al. 2016), maximum over the right answers; support F1 of HotpotQA (Yang et al. 2018). Every operation
 * stands in the official order, so that results agree to the last bit.
 */

// Python's string.punctuation.
const punctuation = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/gu;
// `\b(a|an|the)\b` as Python has it, whose words are letters and digits of any script.
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
// What Python's str.split() splits at. It is not JavaScript's \s: four separators more, the byte order mark less.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the information separators are white space in Python.
const whiteSpace = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/** The words of an answer that count: lower case, without punctuation and articles. */
function answerTokens(answer: string): readonly string[] {
  return answer
    .toLowerCase()
    .replace(punctuation, "")
    .replace(articles, " ")
    .split(whiteSpace)
    .filter((token) => token !== "");
}

/** The form in which answers are compared: their words, joined by single spaces. */
export function normaliseAnswer(answer: string): string {
  return answerTokens(answer).join(" ");
}

function tokenF1(gold: string, predicted: string): number {
  const goldTokens = answerTokens(gold);
  const predictedTokens = answerTokens(predicted);
  if (goldTokens.length === 0 || predictedTokens.length === 0) {
    return goldTokens.length === predictedTokens.length ? 1 : 0;
  }
  const left = new Map<string, number>();
  for (const token of goldTokens) left.set(token, (left.get(token) ?? 0) + 1);
  let same = 0;
  for (const token of predictedTokens) {
    const count = left.get(token) ?? 0;
    if (count === 0) continue;
    left.set(token, count - 1);
    same += 1;
  }
  if (same === 0) return 0;
  const precision = same / predictedTokens.length;
  const recall = same / goldTokens.length;
  return (2 * precision * recall) / (precision + recall);
}

/**
 * F1 between the words of an answer and those of the nearest right one, in [0, 1].
 * @param gold the answer and its aliases, at least one
 */
export function answerF1(predicted: string, gold: readonly string[]): number {
  return Math.max(...gold.map((answer) => tokenF1(answer, predicted)));
}

/** 1 if the normalised answer equals a right one, else 0. */
export function answerEm(predicted: string, gold: readonly string[]): number {
  const normal = normaliseAnswer(predicted);
  return gold.some((answer) => normaliseAnswer(answer) === normal) ? 1 : 0;
}

/** F1 between two sets of paragraph numbers, in [0, 1]; 1 if both are empty. Repeated numbers count once. */
export function supportF1(predicted: readonly number[], gold: readonly number[]): number {
  const chosen = new Set(predicted);
  const right = new Set(gold);
  if (chosen.size === 0 && right.size === 0) return 1;
  let hits = 0;
  for (const idx of chosen) if (right.has(idx)) hits += 1;
  const precision = chosen.size > 0 ? hits / chosen.size : 0;
  const recall = right.size > 0 ? hits / right.size : 0;
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}
