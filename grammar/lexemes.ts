import type { CstNode, IToken, TokenType } from "chevrotain";
import { isNode } from "./build/tree.js";
import { tokenMatcher } from "./chevrotain.js";
import { readConcrete } from "./concrete.js";
import { tokenize } from "./lexer.js";
import { limits } from "./limits.js";
import type { Span } from "./source.js";
import { Name, Word, words } from "./tokens.js";

/** What a piece of text is to a reader who does not know the grammar. */
export type LexemeKind =
  /** A word that the grammar looked for where it stands. */
  | "keyword"
  /** A word that names something. */
  | "name"
  | "number"
  | "text"
  | "sign"
  /** `"""` */
  | "quotes"
  | "prompt"
  /** `{{`, `}}`, `{%` and `%}` */
  | "tag"
  | "comment"
  | "doc";

/** A piece of a source text: everything but blanks. */
export interface Lexeme {
  readonly kind: LexemeKind;
  readonly text: string;
  readonly span: Span;
}

const keywordTypes: readonly TokenType[] = words.filter((type) => type.name !== "Identifier");

/** Words that can name nothing but fields. */
export const reservedWords: ReadonlySet<string> = new Set(
  keywordTypes.filter((type) => !(type.CATEGORIES ?? []).includes(Name)).map((type) => type.name),
);

/** Words that the grammar looks for, wherever it does. */
export const keywords: ReadonlySet<string> = new Set(keywordTypes.map((type) => type.name));

/**
 * The pieces of a text in their order, however broken it is. A text that is longer than a file may be has none, and in
 * one that nests too deep only reserved words count as keywords.
 */
export function lexemes(text: string): readonly Lexeme[] {
  if (text.length > limits.characters) return [];
  const read = readConcrete(text);
  const { tokens, docs, comments } = "cst" in read ? read.lexed : tokenize(text);
  const roles = new Map<number, "keyword" | "name">();
  if ("cst" in read) findRoles(read.cst, roles);
  return [
    ...tokens
      .filter(({ tokenType }) => tokenType.name !== "TagBreak" && tokenType.name !== "LostQuotes")
      .map((token) => lexeme(token, kindOf(token, roles))),
    ...docs.map((token) => lexeme(token, "doc")),
    ...comments.map((token) => lexeme(token, "comment")),
  ].sort((a, b) => a.span.start - b.span.start);
}

/** A word is a keyword where a rule took it as itself, and a name where a rule took any word. */
function findRoles(node: CstNode, roles: Map<number, "keyword" | "name">): void {
  for (const [key, children] of Object.entries(node.children)) {
    for (const child of children) {
      if (isNode(child)) findRoles(child, roles);
      else if (child.isInsertedInRecovery !== true)
        roles.set(child.startOffset, key === child.tokenType.name ? "keyword" : "name");
    }
  }
}

function lexeme({ image, startOffset }: IToken, kind: LexemeKind): Lexeme {
  return { kind, text: image, span: { start: startOffset, end: startOffset + image.length } };
}

function kindOf(token: IToken, roles: ReadonlyMap<number, "keyword" | "name">): LexemeKind {
  if (tokenMatcher(token, Word)) {
    if (token.tokenType.name === "Identifier") return "name";
    return roles.get(token.startOffset) ?? (reservedWords.has(token.image) ? "keyword" : "name");
  }
  switch (token.tokenType.name) {
    case "Int":
    case "Float":
      return "number";
    case "Text":
    case "UnterminatedText":
      return "text";
    case "OpenPrompt":
    case "ClosePrompt":
      return "quotes";
    case "PromptText":
    case "PromptLines":
      return "prompt";
    case "{{":
    case "}}":
    case "{%":
    case "%}":
      return "tag";
    default:
      return "sign";
  }
}
