import { normaliseAnswer } from "./metrics.js";

/**
 * Makes an answer one that stands in the paragraphs, word for word. One that does is left alone. Otherwise the guesses
 * vote, by the form in which answers are compared: of the one with most votes, the answer itself before others, the
 * longest run of words that a paragraph holds is the answer, its length being the words that count; if it has none, the next
 * one's. An answer of which nothing stands anywhere stays as it is.
 *
 * @param guesses the answer, and others in its place
 * @param texts of the paragraphs that the answer relies on
 */
export function extractiveAnswer(guesses: readonly [string, ...string[]], texts: readonly string[]): string {
  const [answer] = guesses;
  if (isLiteral(answer, texts)) return answer;
  const votes = new Map<string, { readonly guess: string; count: number }>();
  for (const guess of guesses) {
    const normal = normaliseAnswer(guess);
    const known = votes.get(normal);
    if (known === undefined) votes.set(normal, { guess, count: 1 });
    else known.count += 1;
  }
  // Sorting is stable: the answer was seen first.
  for (const { guess } of [...votes.values()].sort((a, b) => b.count - a.count)) {
    const span = longestSpan(guess, texts);
    if (span !== undefined) return span;
  }
  return answer;
}

/** Whether an answer stands in a paragraph, as an empty one does everywhere; without paragraphs there is nothing to hold it to. */
export function isLiteral(answer: string, texts: readonly string[]): boolean {
  return texts.length === 0 || texts.some((text) => text.includes(answer));
}

/** The run of words of a guess, in a paragraph, with most words that count; of equal ones the first and shortest. */
function longestSpan(guess: string, texts: readonly string[]): string | undefined {
  const words = guess.split(/\s+/u).filter((word) => word !== "");
  let longest: string | undefined;
  let most = 0;
  for (const start of words.keys()) {
    let span = "";
    for (const word of words.slice(start)) {
      span = span === "" ? word : `${span} ${word}`;
      // What holds a longer run holds this one too.
      if (!texts.some((text) => text.includes(span))) break;
      const count = countedWords(span);
      if (count > most) [longest, most] = [span, count];
    }
  }
  return longest;
}

function countedWords(text: string): number {
  const normal = normaliseAnswer(text);
  return normal === "" ? 0 : normal.split(" ").length;
}
