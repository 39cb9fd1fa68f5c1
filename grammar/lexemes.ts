import type { IToken, TokenType } from "chevrotain";
import { tokenMatcher } from "./chevrotain.js";
import { tokenize } from "./lexer.js";
import { limits } from "./limits.js";
import type { Span } from "./source.js";
import { Name, Word, words } from "./tokens.js";

/** What a piece of text is to a reader who does not know the grammar. */
export type LexemeKind =
  | "word"
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

/** The pieces of a text in their order. A text that is longer than a file may be has none. */
export function lexemes(text: string): readonly Lexeme[] {
  if (text.length > limits.characters) return [];
  const { tokens, docs, comments } = tokenize(text);
  return [
    ...tokens
      .filter((token) => token.tokenType.name !== "TagBreak")
      .map((token) => lexeme(token, kindOf(token))),
    ...docs.map((token) => lexeme(token, "doc")),
    ...comments.map((token) => lexeme(token, "comment")),
  ].sort((a, b) => a.span.start - b.span.start);
}

function lexeme({ image, startOffset }: IToken, kind: LexemeKind): Lexeme {
  return { kind, text: image, span: { start: startOffset, end: startOffset + image.length } };
}

function kindOf(token: IToken): LexemeKind {
  if (tokenMatcher(token, Word)) return "word";
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
