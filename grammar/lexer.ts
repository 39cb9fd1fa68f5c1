import type { Lexer as ChevrotainLexer, ILexingError, IToken, TokenType } from "chevrotain";
import { createToken, Lexer } from "./chevrotain.js";
import { behindPrompt, LostQuotesFinder, lineBeginnings } from "./lost-quotes.js";
import * as t from "./tokens.js";

/**
 * Prompt blocks have modes of their own: text up to a tag, and inside a tag the tokens of an expression.
 * What stands between the tags is text whatever it looks like.
 */
export const OpenPrompt = createToken({ name: "OpenPrompt", pattern: '"""', push_mode: "prompt" });
export const ClosePrompt = createToken({ name: "ClosePrompt", pattern: '"""', pop_mode: true });
export const PromptText = createToken({
  name: "PromptText",
  pattern: /(?:[^{"]|\{(?![{%])|"(?!""))+/,
  line_breaks: true,
});
/** For the text that is read. */
let lost = new LostQuotesFinder();

/** Stands at the beginning of the line in front of which the missing quotes of a block belong. It takes no text. */
export const LostQuotes = createToken({
  name: "LostQuotes",
  pattern: { exec: (text: string, offset: number) => lost.at(text, offset) },
  pop_mode: true,
  start_chars_hint: [...lineBeginnings],
  line_breaks: false,
  categories: [ClosePrompt],
});
/** Text that ends in front of every line which may turn out to be behind its block. */
const PromptLines = createToken({
  name: "PromptLines",
  pattern: new RegExp(
    String.raw`(?:[^{"\r\n]|\{(?![{%])|"(?!"")|(?:\r\n?|\n)(?!${behindPrompt.source}))+|\r\n?|\n`,
  ),
  line_breaks: true,
  categories: [PromptText],
});
export const OpenHole = createToken({ name: "{{", pattern: "{{", push_mode: "tag" });
export const CloseHole = createToken({ name: "}}", pattern: "}}", pop_mode: true });
export const OpenTag = createToken({ name: "{%", pattern: "{%", push_mode: "tag" });
export const CloseTag = createToken({ name: "%}", pattern: "%}", pop_mode: true });

/** A hole or a tag ends with its line, so that a forgotten `}}` does not swallow the rest of the prompt. */
export const TagBreak = createToken({
  name: "TagBreak",
  pattern: /\r\n?|\n/,
  pop_mode: true,
  start_chars_hint: ["\r", "\n"],
  line_breaks: true,
});
const TagSpace = createToken({
  name: "TagSpace",
  pattern: /[ \t]+/,
  group: Lexer.SKIPPED,
  ...t.startsWith(" \t"),
});

const literals = [t.Float, t.Int, t.Text, t.UnterminatedText];

const modes: Record<string, TokenType[]> = {
  code: [t.Space, t.Doc, t.Comment, OpenPrompt, ...literals, ...t.signs, ...t.words],
  prompt: [ClosePrompt, OpenHole, OpenTag, PromptText],
  // One mode for holes and tags: either's end closes it, so that the parser can say which one it should have been.
  tag: [TagSpace, TagBreak, CloseTag, CloseHole, ...literals, ...t.signs, ...t.words],
};

/** The same for a text in which the closing quotes of a block are missing. */
const recovering = { ...modes, prompt: [ClosePrompt, LostQuotes, OpenHole, OpenTag, PromptLines] };

/** Categories stand in no mode but must be known to the parser. */
export const vocabulary: readonly TokenType[] = [
  ...new Set([t.Word, t.Name, ...Object.values(modes).flat(), LostQuotes, PromptLines]),
];

export interface Tokens {
  readonly tokens: IToken[];
  /** `///` lines in source order. */
  readonly docs: readonly IToken[];
  /** `#` and `//` comments in source order. */
  readonly comments: readonly IToken[];
  /** Signs that mean nothing, in source order; the parser does not see them. */
  readonly foreign: readonly IToken[];
  readonly errors: readonly ILexingError[];
}

let lexer: ChevrotainLexer | undefined;
let recoveringLexer: ChevrotainLexer | undefined;

/** A text that ends inside of a prompt is read again, as if the quotes that are missing stood where they belong. */
export function tokenize(text: string): Tokens {
  lexer ??= newLexer(modes);
  const lexed = tokensOf(lexer, text);
  const last = lexed.tokens.findLast(
    ({ tokenType }) => tokenType === OpenPrompt || tokenType === ClosePrompt,
  );
  return last?.tokenType === OpenPrompt ? recover(text) : lexed;
}

/** The same for a text that cannot be parsed, if quotes are missing where they are not missed at its end: two of them. */
export function tokenizeAgain(text: string, before: Tokens): Tokens | undefined {
  const lexed = isRecovered(before) ? undefined : recover(text);
  return lexed !== undefined && isRecovered(lexed) ? lexed : undefined;
}

function isRecovered({ tokens }: Tokens): boolean {
  return tokens.some(({ tokenType }) => tokenType === LostQuotes);
}

function recover(text: string): Tokens {
  recoveringLexer ??= newLexer(recovering);
  lost = new LostQuotesFinder();
  return tokensOf(recoveringLexer, text);
}

function newLexer(of: typeof modes): ChevrotainLexer {
  return new Lexer({ modes: of, defaultMode: "code" }, { positionTracking: "full", skipValidations: true });
}

function tokensOf(by: ChevrotainLexer, text: string): Tokens {
  const { tokens, groups, errors } = by.tokenize(text);
  const { docs = [], comments = [], foreign = [] } = groups;
  return { tokens, docs, comments, foreign, errors };
}
