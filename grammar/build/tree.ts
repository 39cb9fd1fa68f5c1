import type { CstElement, CstNode, IToken } from "chevrotain";
import type { Block, Identifier } from "../ast.js";
import type { SyntaxProblem } from "../problem.js";
import type { Span } from "../source.js";

/** What the builders share while they turn one file's concrete tree into its syntax tree. */
export interface Building {
  readonly problems: SyntaxProblem[];
  /** The `///` text that stands directly above an offset. */
  docAbove(offset: number): string;
  /** Whether the prompt that begins at an offset holds something that could not be read. */
  isUnread(prompt: number): boolean;
  /** Builds a block of statements. It stands here because an expression, `parallel`, holds one. */
  block(cst: CstNode | undefined, building: Building): Block;
}

const nowhere: Span = { start: 0, end: 0 };

const none: readonly never[] = [];

/** A rule's child nodes of one name, which may be a token's too; none if recovery left them out. */
export function nodes(parent: CstNode, name: string): readonly CstNode[] {
  return only(isNode, parent.children[name] ?? none);
}

export function node(parent: CstNode, name: string): CstNode | undefined {
  return parent.children[name]?.find(isNode);
}

/** Tokens that stand in the text: those that recovery made up are left out. */
export function tokens(parent: CstNode, name: string): readonly IToken[] {
  return only(isWritten, parent.children[name] ?? none);
}

/** The very list where it is that already, as it nearly always is. */
function only<T extends CstElement>(is: (child: CstElement) => child is T, all: readonly CstElement[]) {
  return all.every(is) ? all : all.filter(is);
}

function isWritten(child: CstElement): child is IToken {
  return !isNode(child) && child.isInsertedInRecovery !== true;
}

export function token(parent: CstNode, name: string): IToken | undefined {
  return parent.children[name]?.find(isWritten);
}

export function identifier(parent: CstNode, name: string): Identifier | undefined {
  const found = token(parent, name);
  return found === undefined ? undefined : identifierOf(found);
}

export function identifierOf(found: IToken): Identifier {
  return { name: found.image, span: tokenSpan(found) };
}

/** A name that could not be read: it is nobody's, and the checker passes over it. */
export function missingName(span: Span): Identifier {
  return { name: "", span: { start: span.start, end: span.start } };
}

export function tokenSpan(found: IToken): Span {
  return { start: found.startOffset, end: found.startOffset + found.image.length };
}

/** A node's text, or an empty place at the start if recovery left it without. */
export function nodeSpan(found: CstNode | undefined): Span {
  const location = found?.location;
  if (location === undefined || Number.isNaN(location.startOffset)) return nowhere;
  const end = location.endOffset;
  return {
    start: location.startOffset,
    end: end === undefined || Number.isNaN(end) ? location.startOffset : end + 1,
  };
}

export function join(first: Span, last: Span): Span {
  return { start: first.start, end: Math.max(first.end, last.end) };
}

/** All children in the order in which they stand in the text. */
export function inOrder(parent: CstNode): readonly CstElement[] {
  const groups = Object.values(parent.children);
  // Those of one name are in order already.
  if (groups.length < 2) return groups[0] ?? none;
  return groups.flat().sort((a, b) => startOf(a) - startOf(b));
}

export function isNode(child: CstElement): child is CstNode {
  return "children" in child;
}

function startOf(child: CstElement): number {
  if (!isNode(child)) return child.startOffset;
  const start = child.location?.startOffset ?? Number.NaN;
  return Number.isNaN(start) ? nowhere.start : start;
}
