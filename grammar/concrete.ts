import type { CstNode, IToken } from "chevrotain";
import { expectations, lexProblems, parseProblems } from "./errors.js";
import { type Tokens, tokenize } from "./lexer.js";
import { limits } from "./limits.js";
import { FlowParser } from "./parser.js";
import type { SyntaxProblem } from "./problem.js";

/** A text as the parser sees it: its tokens and the tree of the rules that took them. */
export interface Concrete {
  readonly cst: CstNode;
  readonly lexed: Tokens;
  /** Of lexer and parser, in no order. */
  readonly problems: readonly SyntaxProblem[];
}

let parser: FlowParser | undefined;

/** Reads a text, or says why it is not even looked at: it is too long, or nests too deep. */
export function readConcrete(text: string): Concrete | SyntaxProblem {
  if (text.length > limits.characters) {
    return { kind: "too-large", limit: limits.characters, span: { start: 0, end: 0 } };
  }
  const lexed = tokenize(text);
  const deep = tooDeep(lexed.tokens);
  if (deep !== undefined) {
    const span = { start: deep.startOffset, end: deep.startOffset + deep.image.length };
    return { kind: "too-many", what: "levels of nesting", limit: limits.nesting, span };
  }
  parser ??= new FlowParser(expectations);
  const cst = parser.parseFile(lexed.tokens);
  const problems = [...lexProblems(lexed.errors, text), ...parseProblems(parser.errors, lexed.tokens, text)];
  return { cst, lexed, problems };
}

/** What may stand before its like again and again, each time one deeper. */
const prefixing: ReadonlySet<string> = new Set(["not", "-", "->", "list", "<"]);

/** The first token that stands deeper than the limit, so that no recursion of ours can run out of stack. */
function tooDeep(tokens: readonly IToken[]): IToken | undefined {
  let depth = 0;
  let prefixes = 0;
  for (const token of tokens) {
    const { name } = token.tokenType;
    if (name === "{" || name === "(" || name === "[") depth++;
    else if (depth > 0 && (name === "}" || name === ")" || name === "]")) depth--;
    else if (name === "type" || name === "agent" || name === "flow") depth = 0;
    prefixes = prefixing.has(name) ? prefixes + 1 : 0;
    if (depth + prefixes > limits.nesting) return token;
  }
  return undefined;
}
