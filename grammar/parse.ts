import type { IToken } from "chevrotain";
import type { File } from "./ast.js";
import { buildFile } from "./build/declarations.js";
import { buildBlock } from "./build/statements.js";
import type { Building } from "./build/tree.js";
import { readConcrete } from "./concrete.js";
import { docLookup } from "./docs.js";
import type { SyntaxProblem } from "./problem.js";
import { rebased } from "./rebase.js";

/** Of a text that was read whole no name is lost, whatever it looks like: nothing may go unsaid then. */
const none: ReadonlySet<string> = new Set();

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

/** Problems of text that is in no tree. */
const unreadKinds: ReadonlySet<string> = new Set(["unexpected-token", "unterminated-text"]);

/**
 * Reads a text. Never throws: whatever is wrong is a problem, and what could be read is in the tree.
 * @param base where the offsets of the text begin
 */
export function parse(text: string, base = 0): Parsed {
  const { file, problems, lostNames } = parseAlone(text);
  return { file: rebased(file, base), problems: rebased(problems, base), lostNames };
}

function parseAlone(text: string): Parsed {
  const read = readConcrete(text);
  if (!("cst" in read)) return nothing(read);
  const { cst, lexed } = read;
  const problems = [...read.problems];
  const unread = problems.filter(({ kind }) => unreadKinds.has(kind)).map(({ span }) => span.start);
  const building: Building = {
    problems,
    docAbove: docLookup(text, lexed.docs),
    isUnread: (prompt) => {
      const end = text.indexOf('"""', prompt + 3);
      return unread.some((at) => prompt <= at && (end === -1 || at <= end));
    },
    block: buildBlock,
  };
  const file = buildFile(cst, building);
  problems.sort((a, b) => a.span.start - b.span.start);
  return { file, problems, lostNames: problems.length === 0 ? none : lostNames(lexed.tokens, file) };
}

function nothing(problem: SyntaxProblem): Parsed {
  return { file: { imports: [], declarations: [] }, problems: [problem], lostNames: new Set() };
}

/**
 * Names before an opening parenthesis at the start of a line, or after `type`, and those in front of `from`, that no
 * declaration has taken.
 */
function lostNames(tokens: readonly IToken[], file: File): ReadonlySet<string> {
  const names = [
    ...file.declarations.map((each) => each.name),
    ...file.imports.flatMap((each) => each.names),
  ];
  const declared = new Set(names.map(({ span }) => span.start));
  const lost = new Set<string>();
  let depth = 0;
  tokens.forEach((token, index) => {
    const { name } = token.tokenType;
    if (name === "{" || name === "(") depth++;
    else if (name === "}" || name === ")") depth = Math.max(0, depth - 1);
    if (depth > 0 || declared.has(token.startOffset) || !/^[A-Za-z_]\w*$/.test(token.image)) return;
    const before = tokens[index - 1];
    const next = tokens[index + 1]?.tokenType.name ?? "";
    // What follows an arrow is an output, `-> text(...)`, and what follows a sign before `from` is a type.
    const isDeclared = (next === "(" || next === "=") && before?.tokenType.name !== "->";
    const isImported =
      (next === "," || next === "from") &&
      before !== undefined &&
      (before.image === "," || /^\w+$/.test(before.image));
    if (isDeclared || isImported) lost.add(token.image);
  });
  return lost;
}
