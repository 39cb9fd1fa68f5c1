import type { IToken, TokenType } from "chevrotain";
import type { SyntaxProblem } from "./problem.js";
import { foreignSigns } from "./tokens.js";

/** What somebody means who writes as in another language. */
export interface Meant {
  /** What stands for it here, to be put in its place. */
  readonly instead?: readonly string[];
  /** What to do, if another word alone does not do it. */
  readonly help?: string;
}

/** Signs and quotes that the lexer knows, by the name of their token. */
const signs: ReadonlyMap<string, Meant> = new Map<string, Meant>([
  ["&&", { instead: ["and"] }],
  ["||", { instead: ["or"] }],
  ["!", { instead: ["not"] }],
  ["=>", { instead: ["->", ">="] }],
  [";", { help: "a statement ends without a sign" }],
  ["'", { help: 'a text stands in `"`' }],
  ["`", { help: 'a text stands in `"`, and a prompt with values in it in `"""`' }],
]);

const loopUpTo = "a loop with a condition is `loop up to N { ... } until CONDITION`";
const loopIn = "to go through a list write `loop NAME in LIST { ... }`";
const branch = "a choice between statements is `branch CONDITION { true -> ... false -> ... }`";
const branchLabels = "a choice by a label is `branch VALUE { yes -> ... no -> ... }`";

/** Words where a statement is expected. */
const statements: ReadonlyMap<string, Meant> = new Map<string, Meant>([
  ["if", { help: branch }],
  ["else", { help: branch }],
  ["elif", { help: branch }],
  ["switch", { help: branchLabels }],
  ["match", { help: branchLabels }],
  ["while", { help: loopUpTo }],
  ["repeat", { help: loopUpTo }],
  ["for", { help: loopIn }],
  ["foreach", { help: loopIn }],
  ["const", { instead: ["let"] }],
]);

/** Words and signs that a rule does not take, by the rule. */
const inRules: ReadonlyMap<string, ReadonlyMap<string, Meant>> = new Map([
  ["block", statements],
  ["statement", statements],
  ["armBody", statements],
  [
    "file",
    new Map<string, Meant>([
      ["def", { instead: ["flow"] }],
      ["fn", { instead: ["flow"] }],
      ["func", { instead: ["flow"] }],
      ["function", { instead: ["flow"] }],
      ["struct", { instead: ["type"] }],
      ["interface", { instead: ["type"] }],
      ["class", { instead: ["type"] }],
      ["enum", { instead: ["type"] }],
    ]),
  ],
  [
    "branch",
    new Map<string, Meant>([
      ["else", { help: "every label has an arm; labels share one as in `maybe | no -> ...`" }],
      ["case", { help: "an arm begins with its label, as in `yes -> ...`" }],
    ]),
  ],
  ["arm", new Map<string, Meant>([[":", { instead: ["->"] }]])],
  ["mock", new Map<string, Meant>([[":", { instead: ["->"] }]])],
  [
    "tag",
    new Map<string, Meant>([
      ["endfor", { instead: ["end"] }],
      ["endif", { instead: ["end"] }],
      ["elif", { help: "write `{% else %}{% if ... %}`, and `{% end %}` for each" }],
      ["elseif", { help: "write `{% else %}{% if ... %}`, and `{% end %}` for each" }],
      ["set", { help: "a prompt has no variables of its own: compute the value in the flow" }],
    ]),
  ],
  [
    "hole",
    new Map<string, Meant>([["|", { help: "there are no filters: call a function, as in `len(x)`" }]]),
  ],
  ["args", new Map<string, Meant>([[":", { help: "inputs are given in their order, without their names" }]])],
]);

const parallel = "what is made of every element of a list is `parallel NAME in LIST { yield ... }`";
const pick = "the best of a list is `pick NAME from LIST by CALL is LABEL else ...`";

function isWord(image: string): boolean {
  return /^[A-Za-z_]\w*$/.test(image);
}

function isBeside(first: IToken, second: IToken): boolean {
  return second.startOffset === first.startOffset + first.image.length + 1;
}

const comparators: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!="]);

/** What may be meant by a token that the rule does not take, or nothing. */
export function meantBy(rule: string, tokens: readonly IToken[], index: number): Meant | undefined {
  const { image } = tokens[index]!;
  const known = inRules.get(rule)?.get(image);
  if (known !== undefined) return known;
  const [next, afterNext] = [tokens[index + 1]?.image, tokens[index + 2]?.image];
  if (image === "?") return { help: `there is no \`? :\`: ${branch}` };
  if (image === "[" && next === "]") return { help: "a list's type is written as in `list<text>`" };
  if (comparators.has(image)) return { help: "comparisons do not chain: write `a < b and b < c`" };
  if (inRules.get(rule) !== statements || !isWord(image)) return undefined;
  // Statements stand on lines of their own; this stands behind a word on the same one.
  const last = tokens[index - 1];
  if (last !== undefined && isWord(last.image) && isBeside(last, tokens[index]!)) {
    if (next === "in") return { help: parallel };
    if (next === "from") return { help: pick };
  }
  if (next === "->") return { help: "an arm begins here, so a block above has no `}`" };
  if (next === "=") return { instead: [`set ${image}`], help: "`set` gives a variable another value" };
  if (/^[-+*/]$/.test(next ?? "") && afterNext === "=") {
    return { help: `write \`set ${image} = ${image} ${next} ...\`` };
  }
  if (next !== "(") return undefined;
  return { help: `keep an answer with \`let NAME = ${image}(...)\`, or drop it with \`do ${image}(...)\`` };
}

const isForeign: ReadonlySet<TokenType> = new Set(foreignSigns);

/** The signs and quotes of other languages in a text, which the parser takes for what they mean. */
export function foreignProblems(tokens: readonly IToken[]): SyntaxProblem[] {
  return tokens
    .filter(({ tokenType }) => isForeign.has(tokenType))
    .map(({ tokenType, image, startOffset }) => {
      const span = { start: startOffset, end: startOffset + image.length };
      const meant = signs.get(tokenType.name);
      return { kind: "unexpected-character", character: tokenType.name, ...meant, span };
    });
}
