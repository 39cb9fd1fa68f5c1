import type { TokenType } from "chevrotain";
import { createToken, Lexer } from "./chevrotain.js";

/**
 * What a pattern can begin with, and that it holds no line break. The toolkit could find out from the pattern, but
 * that takes longer than reading the file.
 */
export function startsWith(...characters: readonly string[]): {
  start_chars_hint: string[];
  line_breaks: false;
} {
  return { start_chars_hint: characters.flatMap((each) => [...each]), line_breaks: false };
}

const digits = "0123456789";
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

/**
 * The words and signs of the language.
 *
 * Every word belongs to the category `Word`. All but the reserved ones belong to `Name` too: they are keywords only
 * where the grammar looks for them, and free as names everywhere else.
 */
export const Word = createToken({ name: "Word", pattern: Lexer.NA });
export const Name = createToken({ name: "Name", pattern: Lexer.NA, categories: [Word] });
export const Identifier = createToken({
  name: "Identifier",
  pattern: /[A-Za-z_][A-Za-z0-9_]*/,
  ...startsWith(letters),
  categories: [Name],
});

const keywords: TokenType[] = [];
const signTokens: TokenType[] = [];

function keyword(word: string, category: TokenType): TokenType {
  const token = createToken({ name: word, pattern: word, longer_alt: Identifier, categories: [category] });
  keywords.push(token);
  return token;
}
function reserved(word: string): TokenType {
  return keyword(word, Word);
}
function contextual(word: string): TokenType {
  return keyword(word, Name);
}
function sign(text: string): TokenType {
  const token = createToken({ name: text, pattern: text });
  signTokens.push(token);
  return token;
}

/** Stands before `in`, with which it begins: the lexer would not come to it. */
export const Input = contextual("input");

export const Type = reserved("type");
export const Agent = reserved("agent");
export const Flow = reserved("flow");
export const Let = reserved("let");
export const Var = reserved("var");
export const Set_ = reserved("set");
export const Loop = reserved("loop");
export const Branch = reserved("branch");
export const Pick = reserved("pick");
export const Parallel = reserved("parallel");
export const Yield = reserved("yield");
export const For = reserved("for");
export const If = reserved("if");
export const Else = reserved("else");
export const Break = reserved("break");
export const Continue = reserved("continue");
export const Return = reserved("return");
export const True = reserved("true");
export const False = reserved("false");
export const And = reserved("and");
export const Or = reserved("or");
export const Not = reserved("not");
export const In = reserved("in");
export const Is = reserved("is");

export const Import = contextual("import");
export const Judge = contextual("judge");
export const Example = contextual("example");
export const Extern = contextual("extern");
export const Function_ = contextual("function");
// Before `effect`, which is its beginning: the lexer takes the first keyword that fits.
export const Effectful = contextual("effectful");
export const Effect = contextual("effect");
export const Pure = contextual("pure");
export const Idempotent = contextual("idempotent");
contextual("system");
export const User = contextual("user");
export const Up = contextual("up");
export const To = contextual("to");
export const Until = contextual("until");
export const Exhausted = contextual("exhausted");
export const Do = contextual("do");
export const From = contextual("from");
export const Where = contextual("where");
export const By = contextual("by");
export const Pass = contextual("pass");
export const End = contextual("end");
contextual("text");
export const ListType = contextual("list");
export const Test = contextual("test");
export const Mock = contextual("mock");
export const Always = contextual("always");
export const Expect = contextual("expect");
export const Fails = contextual("fails");
export const Path = contextual("path");
contextual("max_tokens");

/** What other languages write; the parser takes it for the sign or the word that is meant, and the text is at fault. */
function foreign(name: string, pattern: string | RegExp, meant: TokenType, hint?: string): TokenType {
  const options = hint === undefined ? {} : startsWith(hint);
  return createToken({ name, pattern, categories: [meant], ...options });
}

export const Arrow = sign("->");
export const Same = sign("==");
export const Different = sign("!=");
export const AtMost = sign("<=");
export const AtLeast = sign(">=");
export const Below = sign("<");
export const Above = sign(">");
export const Coalesce = sign("??");
export const Optional = sign("?");
export const Assign = sign("=");
export const Bar = sign("|");
export const Plus = sign("+");
export const Minus = sign("-");
export const Times = sign("*");
export const Divide = sign("/");
export const Remainder = sign("%");
export const Dot = sign(".");
export const Comma = sign(",");
export const Colon = sign(":");
export const OpenParen = sign("(");
export const CloseParen = sign(")");
export const OpenBrace = sign("{");
export const CloseBrace = sign("}");
export const OpenBracket = sign("[");
export const CloseBracket = sign("]");

export const Float = createToken({ name: "Float", pattern: /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+/ });
export const Int = createToken({ name: "Int", pattern: /\d+/, ...startsWith(digits) });
export const Text = createToken({
  name: "Text",
  pattern: /"(?:[^"\\\r\n]|\\[^\r\n])*"/,
  ...startsWith('"'),
});
/** Ends with its line, so that one forgotten quote costs one message. */
export const UnterminatedText = createToken({
  name: "UnterminatedText",
  pattern: /"(?:[^"\\\r\n]|\\[^\r\n])*\\?/,
  ...startsWith('"'),
  categories: [Text],
});

const ForeignEnd = createToken({ name: ";", pattern: ";", group: "foreign" });

/** In front of the signs, of which some are their beginnings. */
const longForeign = [
  foreign("&&", "&&", And),
  foreign("||", "||", Or),
  foreign("=>", "=>", Arrow),
  foreign("'", /'(?:[^'\\\r\n]|\\[^\r\n])*'/, Text, "'"),
  foreign("`", /`(?:[^`\\\r\n]|\\[^\r\n])*`/, Text, "`"),
];
/** Behind the signs. */
const shortForeign = [foreign("!", "!", Not), ForeignEnd];

/** Signs and quotes of other languages. */
export const foreignSigns: readonly TokenType[] = [...longForeign, ...shortForeign];

export const Space = createToken({
  name: "Space",
  pattern: /[ \t\r\n\uFEFF]+/,
  group: Lexer.SKIPPED,
  start_chars_hint: [" ", "\t", "\r", "\n", "\uFEFF"],
  line_breaks: true,
});
export const Doc = createToken({
  name: "Doc",
  pattern: /\/\/\/[^\r\n]*/,
  group: "docs",
  ...startsWith("/"),
});
export const Comment = createToken({
  name: "Comment",
  pattern: /(?:\/\/|#)[^\r\n]*/,
  group: "comments",
  ...startsWith("/#"),
});

/** Keywords before identifiers: the lexer takes the first that fits, and its longer alternative if there is one. */
export const words: readonly TokenType[] = [...keywords, Identifier];

/** Longer signs before their own beginnings. */
export const signs: readonly TokenType[] = [...longForeign, ...signTokens, ...shortForeign];
