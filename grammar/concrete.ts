import type { CstNode, IToken } from "chevrotain";
import { expectations, lexProblems, parseProblems } from "./errors.js";
import { foreignProblems } from "./foreign.js";
import { type Tokens, tokenize, tokenizeAgain } from "./lexer.js";
import { limits } from "./limits.js";
import { openPrompts, proseIn } from "./open-prompts.js";
import { FlowParser, TooDeep } from "./parser.js";
import type { SyntaxProblem } from "./problem.js";

/** A text as the parser sees it: its tokens and the tree of the rules that took them. */
export interface Concrete {
  readonly cst: CstNode;
  readonly lexed: Tokens;
  /** Of lexer and parser, in no order; some of what they say is left out, as an echo of something else. */
  readonly problems: readonly SyntaxProblem[];
  /** Whether the grammar took every token, so that the tree holds what the text does. */
  readonly isWhole: boolean;
}

let parser: FlowParser | undefined;

/** An editor has the same text read several times in a row: for its tree, its lexemes and its layout. */
let last: { readonly text: string; readonly read: Concrete | SyntaxProblem } | undefined;

/** Reads a text, or says why it is not even looked at: it is too long, or nests too deep. */
export function readConcrete(text: string): Concrete | SyntaxProblem {
  if (last?.text !== text) last = { text, read: readAnew(text) };
  return last.read;
}

function readAnew(text: string): Concrete | SyntaxProblem {
  if (text.length > limits.characters) {
    return { kind: "too-large", limit: limits.characters, span: { start: 0, end: 0 } };
  }
  const read = readTokens(text, tokenize(text));
  if (!("cst" in read) || parser?.errors.length === 0) return read;
  const again = tokenizeAgain(text, read.lexed);
  return again === undefined ? read : readTokens(text, again);
}

function readTokens(text: string, lexed: Tokens): Concrete | SyntaxProblem {
  const beyond = lexed.tokens[limits.tokens];
  if (beyond !== undefined) return tooMany("words and signs", limits.tokens, beyond, text);
  const deep = tooDeep(lexed.tokens);
  if (deep !== undefined) return tooMany("levels of nesting", limits.nesting, deep, text);
  parser ??= new FlowParser(expectations);
  let cst: CstNode;
  try {
    cst = parser.parseFile(lexed.tokens);
  } catch (error) {
    if (error instanceof TooDeep) return tooMany("levels of nesting", limits.nesting, error.token, text);
    throw error;
  }
  const lexical = [
    ...lexProblems(lexed.errors, text),
    ...foreignProblems([...lexed.tokens, ...lexed.foreign]),
  ];
  const open = openPrompts(lexed.tokens);
  const parsing = parseProblems(parser.errors, lexed.tokens, text, lexical);
  const others = [...lexical, ...longNames(lexed.tokens), ...openTexts(lexed.tokens), ...open];
  const prose = others.length === 0 ? [] : proseIn(lexed.tokens, parsing);
  const isProse = ({ span }: SyntaxProblem) =>
    prose.some(({ start, end }) => start < span.start && span.start <= end);
  const problems = [...parsing, ...others.filter((each) => !isProse(each))];
  const isWhole = parser.errors.length === 0 && lexical.length === 0 && open.length === 0;
  return { cst, lexed, problems, isWhole };
}

/** Names stand in messages and are compared with one another, so their length is bounded. */
function longNames(tokens: readonly IToken[]): SyntaxProblem[] {
  return tokens
    .filter(({ image, tokenType }) => image.length > limits.name && tokenType.name === "Identifier")
    .map(({ startOffset, image }) => ({
      kind: "too-many",
      what: "characters in a name",
      limit: limits.name,
      span: { start: startOffset, end: startOffset + image.length },
    }));
}

/** Told here and not where a text's value is taken: what stands around it may be too broken to come that far. */
function openTexts(tokens: readonly IToken[]): SyntaxProblem[] {
  return tokens
    .filter(({ tokenType }) => tokenType.name === "UnterminatedText")
    .map(({ startOffset, image }) => ({
      kind: "unterminated-text",
      isBlank: image.trim() === '"',
      span: { start: startOffset, end: startOffset + image.length },
    }));
}

/** @param at the first token that is too much; at the end of the file one that stands nowhere */
function tooMany(what: string, limit: number, at: IToken, text: string): SyntaxProblem {
  const start = Number.isNaN(at.startOffset) ? text.length : at.startOffset;
  const span = { start, end: start + at.image.length };
  return { kind: "too-many", what, limit, span };
}

/** What may stand before its like again and again, each time one deeper. */
const prefixing: ReadonlySet<string> = new Set(["not", "-", "->", "list", "<"]);

/** The first token that stands deeper than the limit, before the parser goes there. */
export function tooDeep(tokens: readonly IToken[]): IToken | undefined {
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
