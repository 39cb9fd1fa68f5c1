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
  ["flowDeclaration", new Map<string, Meant>([[":", { instead: ["->"] }]])],
  ["agentDeclaration", new Map<string, Meant>([[":", { instead: ["->"] }]])],
  ["externFunction", new Map<string, Meant>([[":", { instead: ["->"] }]])],
  ["externEffect", new Map<string, Meant>([[":", { instead: ["->"] }]])],
  ["binding", new Map<string, Meant>([["==", { instead: ["="] }]])],
  ["assignment", new Map<string, Meant>([["==", { instead: ["="] }]])],
  ["parameter", new Map<string, Meant>([["?", { help: "what may be missing is written `NAME: TYPE?`" }]])],
  [
    "pick",
    new Map<string, Meant>([
      ["in", { instead: ["from"] }],
      ["if", { instead: ["where"] }],
      ["=", { instead: ["is"] }],
      ["==", { instead: ["is"] }],
    ]),
  ],
  [
    "list",
    new Map<string, Meant>([["where", { help: "the condition of a comprehension begins with `if`" }]]),
  ],
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

const listType = "a list's type is written as in `list<text>`";

const comparators: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!="]);

/** What no comparison reaches over. */
const aroundComparisons: ReadonlySet<string> = new Set([
  ...[
    "{",
    "}",
    ",",
    ":",
    "=",
    "->",
    "{{",
    "{%",
    "let",
    "var",
    "set",
    "do",
    "return",
    "yield",
    "branch",
    "loop",
  ],
  ...["and", "or", "not", "if", "in", "from", "where", "by", "until", "to", "expect"],
]);

/** Whether a comparison ends in front of this token. */
function endsComparison(tokens: readonly IToken[], index: number): boolean {
  let depth = 0;
  for (let at = index - 1; at >= 0; at--) {
    const { image } = tokens[at]!;
    if (image === ")" || image === "]") depth++;
    else if (image === "(" || image === "[") depth--;
    if (depth < 0) return false;
    if (depth > 0) continue;
    if (comparators.has(image)) return at < index - 1;
    if (aroundComparisons.has(image)) return false;
  }
  return false;
}

/** What is meant by a list or a record that is written as elsewhere. */
function meantByShape(
  rule: string,
  { tokenType, image }: IToken,
  before: IToken | undefined,
): Meant | undefined {
  if ((image === "<" || image === "[") && /^(list|array|seq|sequence)$/i.test(before?.image ?? "")) {
    return { help: listType };
  }
  const isHead = rule === "flowDeclaration" || rule === "agentDeclaration";
  if (isHead && image === "{" && before?.image === ")") {
    return { help: "what it gives stands behind its inputs, as in `-> yes | no`" };
  }
  const isClosed = image === "}" || image === ")" || image === "]";
  if (isClosed && before?.image === ",") return { help: `there is no comma in front of \`${image}\`` };
  if (tokenType.name !== "Text" && tokenType.name !== "UnterminatedText") return undefined;
  if (rule === "branch") return { help: "an arm begins with a label, without quotes, or a bool" };
  const isKey = (rule === "record" || rule === "recordType") && /^[{,]$/.test(before?.image ?? "");
  return isKey ? { help: "the name of a field has no quotes" } : undefined;
}

/** What may be meant by a token that the rule does not take, or nothing. */
export function meantBy(rule: string, tokens: readonly IToken[], index: number): Meant | undefined {
  const { image } = tokens[index]!;
  const known = inRules.get(rule)?.get(image);
  if (known !== undefined) return known;
  const shape = meantByShape(rule, tokens[index]!, tokens[index - 1]);
  if (shape !== undefined) return shape;
  const [next, afterNext] = [tokens[index + 1]?.image, tokens[index + 2]?.image];
  if (image === "?") return { help: `there is no \`? :\`: ${branch}` };
  if (image === "[" && next === "]") return { help: listType };
  if (comparators.has(image)) {
    return endsComparison(tokens, index)
      ? { help: "comparisons do not chain: write `a < b and b < c`" }
      : undefined;
  }
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
