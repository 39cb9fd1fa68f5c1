import type { IToken } from "chevrotain";
import type { File } from "./ast.js";
import { buildFile } from "./build/declarations.js";
import type { Building } from "./build/tree.js";
import { docLookup } from "./docs.js";
import { expectations, lexProblems, parseProblems } from "./errors.js";
import { tokenize } from "./lexer.js";
import { limits } from "./limits.js";
import { FlowParser } from "./parser.js";
import type { SyntaxProblem } from "./problem.js";

export interface Parsed {
  readonly file: File;
  /** In the order of their places. */
  readonly problems: readonly SyntaxProblem[];
  /**
   * Names that text which could not be read seems to declare (`agnet query(...)`): nothing is to be said about
   * their absence.
   */
  readonly lostNames: ReadonlySet<string>;
}

let parser: FlowParser | undefined;

/** Reads a text. Never throws: whatever is wrong is a problem, and what could be read is in the tree. */
export function parse(text: string): Parsed {
  if (text.length > limits.characters) {
    const span = { start: 0, end: 0 };
    return nothing({ kind: "too-large", limit: limits.characters, span });
  }
  const lexed = tokenize(text);
  const deep = tooDeep(lexed.tokens);
  if (deep !== undefined) {
    const span = { start: deep.startOffset, end: deep.startOffset + deep.image.length };
    return nothing({ kind: "too-many", what: "levels of nesting", limit: limits.nesting, span });
  }
  parser ??= new FlowParser(expectations);
  const cst = parser.parseFile(lexed.tokens);
  const problems = [...lexProblems(lexed.errors, text), ...parseProblems(parser.errors, lexed.tokens, text)];
  const building: Building = { problems, docAbove: docLookup(text, lexed.docs) };
  const file = buildFile(cst, building);
  problems.sort((a, b) => a.span.start - b.span.start);
  return { file, problems, lostNames: lostNames(lexed.tokens, file) };
}

function nothing(problem: SyntaxProblem): Parsed {
  return { file: { declarations: [] }, problems: [problem], lostNames: new Set() };
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

/** Names before an opening parenthesis at the start of a line, or after `type`, that no declaration has taken. */
function lostNames(tokens: readonly IToken[], file: File): ReadonlySet<string> {
  const declared = new Set(file.declarations.map((each) => each.name.span.start));
  const lost = new Set<string>();
  let depth = 0;
  tokens.forEach((token, index) => {
    const { name } = token.tokenType;
    if (name === "{" || name === "(") depth++;
    else if (name === "}" || name === ")") depth = Math.max(0, depth - 1);
    if (depth > 0 || declared.has(token.startOffset) || !/^[A-Za-z_]\w*$/.test(token.image)) return;
    const next = tokens[index + 1]?.tokenType.name;
    if (index > 0 && (next === "(" || next === "=")) lost.add(token.image);
  });
  return lost;
}
