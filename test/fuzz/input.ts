import {
  changeBreaks,
  editCharacter,
  flipBit,
  insertLines,
  insertUnusual,
  removeStretch,
  repeatStretch,
  splice,
  swapCharacters,
  truncate,
} from "./mutate/characters.js";
import { blowUp, chain, hugeValue, nest } from "./mutate/extremes.js";
import type { Mutator } from "./mutate/mutator.js";
import {
  exchangeToken,
  insertToken,
  misspell,
  removeToken,
  removeTokens,
  repeatToken,
  replaceToken,
  swapTokens,
} from "./mutate/tokens.js";
import { changeList, exchangeExpression, wrapExpression } from "./mutate/trees.js";
import { Random } from "./random.js";

/** Every way to change a text, and how often it is taken among the others. */
const mutators: Readonly<Record<string, readonly [weight: number, mutate: Mutator]>> = {
  editCharacter: [8, editCharacter],
  insertUnusual: [5, insertUnusual],
  swapCharacters: [2, swapCharacters],
  flipBit: [2, flipBit],
  truncate: [3, truncate],
  removeStretch: [3, removeStretch],
  repeatStretch: [3, repeatStretch],
  changeBreaks: [1, changeBreaks],
  splice: [5, splice],
  insertLines: [5, insertLines],
  removeToken: [8, removeToken],
  removeTokens: [4, removeTokens],
  repeatToken: [4, repeatToken],
  swapTokens: [6, swapTokens],
  insertToken: [8, insertToken],
  replaceToken: [8, replaceToken],
  exchangeToken: [14, exchangeToken],
  misspell: [4, misspell],
  changeList: [8, changeList],
  exchangeExpression: [10, exchangeExpression],
  wrapExpression: [5, wrapExpression],
  nest: [4, nest],
  chain: [3, chain],
  hugeValue: [3, hugeValue],
  blowUp: [0.5, blowUp],
};

const lots = Object.entries(mutators).flatMap(([name, [weight]]) => Array<string>(2 * weight).fill(name));

/** A text that nobody wrote. */
export interface Input {
  readonly text: string;
  /** Names of the changes that made it, in order. */
  readonly made: readonly string[];
}

/** The input of a seed: a text of the corpus with one change, or with a few. */
export function inputOf(seed: number, corpus: readonly string[]): Input {
  const random = new Random(seed);
  let text = random.one(corpus);
  const made: string[] = [];
  for (let left = random.oneIn(2) ? 1 : random.size(3); left > 0; left--) {
    const name = random.one(lots);
    made.push(name);
    text = mutators[name]![1](text, random, corpus);
  }
  return { text, made };
}
