import type {
  ILexingError,
  IParserErrorMessageProvider,
  IRecognitionException,
  IToken,
  TokenType,
} from "chevrotain";
import { tokenMatcher } from "./chevrotain.js";
import { meantBy } from "./foreign.js";
import type { SyntaxProblem } from "./problem.js";
import { lineBreaks } from "./source.js";
import { Word } from "./tokens.js";

/**
 * The parser toolkit's errors in the language's own words. Its message is made to be the phrase for what was
 * expected; what was found is told from the token.
 */

const declarations = "`type`, `agent`, `judge`, `flow`, `extern`, `import` or `test`";

const testParts = "`input`, `mock`, `expect` or `path`";

/** What a rule is called when none of its beginnings is there. */
const ruleNames: ReadonlyMap<string, string> = new Map([
  ["file", declarations],
  ["externDeclaration", "`type`, `function` or `effect`"],
  ["effectClass", "`pure`, `idempotent` or `effectful`"],
  ["importDeclaration", "a name"],
  ["type", "a type"],
  ["agentDeclaration", "`system`, `user`, `example` or `}`"],
  ["section", "a text or a prompt block"],
  ["prompt", 'the end of the prompt, `"""`'],
  ["statement", "a statement"],
  ["binding", "`let` or `var`"],
  ["loop", "`up to` or `NAME in`"],
  ["armBody", "a statement, a block or `pass`"],
  ["armLabel", "a label"],
  ["jump", "`break`, `continue`, `return` or `yield`"],
  ["tag", "`for`, `if`, `else` or `end`"],
  ["comparator", "an operator"],
  ["testPart", testParts],
  ["mock", "`->` or `always`"],
  ["mockTarget", "a name or a text in quotes"],
]);

const tokenNames: ReadonlyMap<string, string> = new Map([
  ["Name", "a name"],
  ["Word", "a name"],
  ["EOF", declarations],
  ["ClosePrompt", 'the end of the prompt, `"""`'],
  ["Text", "a text in quotes"],
]);

/** Which keywords may be meant by an unknown word, by the rule that met it. */
const keywords: ReadonlyMap<string, readonly string[]> = new Map([
  ["file", ["type", "agent", "judge", "flow", "extern", "import", "test"]],
  ["externDeclaration", ["type", "function", "effect", "from"]],
  ["effectClass", ["pure", "idempotent", "effectful"]],
  ["importDeclaration", ["from"]],
  ["agentDeclaration", ["system", "user", "example"]],
  ["block", ["let", "var", "set", "do", "loop", "branch", "break", "continue", "return", "yield"]],
  ["statement", ["let", "var", "set", "do", "loop", "branch", "break", "continue", "return", "yield"]],
  ["armBody", ["pass", "let", "var", "set", "do", "loop", "branch", "break", "continue", "return", "yield"]],
  ["jump", ["break", "continue", "return", "yield"]],
  ["loop", ["up to", "in", "until", "exhausted"]],
  ["tag", ["for", "if", "else", "end", "in"]],
  ["testDeclaration", ["input", "mock", "expect", "path", "for"]],
  ["testPart", ["input", "mock", "expect", "path"]],
  ["mock", ["always"]],
  ["pick", ["from", "where", "by", "is", "else"]],
]);

/** Handed to the parser: the message is the phrase for what was expected. */
export const expectations: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => expectedIn(ruleName, expected),
  buildNotAllInputParsedMessage: () => ruleNames.get("file")!,
  buildNoViableAltMessage: ({ ruleName }) => ruleNames.get(ruleName) ?? "an expression",
  buildEarlyExitMessage: ({ ruleName }) => ruleNames.get(ruleName) ?? "an expression",
};

/** Rules that go on behind a comma. */
const listing: ReadonlySet<string> = new Set([
  "parameters",
  "recordType",
  "agentOutput",
  "args",
  "list",
  "record",
]);

function expectedIn(ruleName: string, expected: TokenType): string {
  if (ruleName === "block" && expected.name === "}") return "a statement or `}`";
  if (ruleName === "branch" && expected.name === "}") return "a label with its arm, or `}`";
  if (ruleName === "agentDeclaration" && expected.name === "}") return "`system`, `user`, `example` or `}`";
  if (ruleName === "testDeclaration" && expected.name === "}")
    return `${testParts.replace(" or", ",")} or \`}\``;
  if (listing.has(ruleName) && /^[)}\]]$/.test(expected.name)) return `\`,\` or \`${expected.name}\``;
  return tokenNames.get(expected.name) ?? `\`${expected.name}\``;
}

/**
 * The problems that the errors come down to. What the parser says while it finds its feet again is left out: on a
 * line that has a problem already (of the lexer too), in text that it skipped, and between the declarations until the next one begins.
 */
export function parseProblems(
  errors: readonly IRecognitionException[],
  tokens: readonly IToken[],
  text: string,
  lexical: readonly SyntaxProblem[],
): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  if (errors.length === 0) return problems;
  const swallowed = behindEndless(tokens);
  let quietUntil = -1;
  let last = -1;
  /** Where the block of a declaration was read as a type or a value: nothing that follows in it can be told. */
  let misread: number | undefined;
  for (const error of errors) {
    const { token, previousToken, resyncedTokens } = error as IRecognitionException & {
      previousToken?: IToken;
    };
    const atEnd = token.tokenType.name === "EOF";
    const start = atEnd ? text.length : token.startOffset;
    if (misread !== undefined && !declarationBetween(tokens, misread, start - 1)) continue;
    const isOutside = error.context.ruleStack.length <= 1;
    const isEcho = isOutside && last >= 0 && !declarationBetween(tokens, last, start);
    // A text without an end has swallowed what is missed here, and so has a prompt.
    const isSwallowed =
      swallowed.has(token) ||
      (previousToken !== undefined && endless.has(previousToken.tokenType.name)) ||
      (atEnd && error.context.ruleStack.includes("prompt"));
    if (start <= quietUntil || isEcho || isSwallowed) continue;
    // Without the head of a branch its arms stand where statements should.
    const { span } = problems.at(-1) ?? {};
    const isArm =
      error.context.ruleStack.at(-1) === "block" &&
      tokens[tokens.indexOf(token) + 1]?.tokenType.name === "->";
    if (isArm && span !== undefined && !declarationBetween(tokens, span.start, start)) continue;
    // What means nothing has been told, whether it stands in the way or is missed.
    const from = previousToken === undefined ? 0 : endOf(previousToken);
    const isTold = lexical.some(
      ({ span }) => span.end > Math.min(from, lineStart(text, start)) && span.start <= start,
    );
    last = start;
    const skipped = Math.max(start, resyncedTokens.at(-1)?.startOffset ?? start);
    const rest = text.slice(start).search(lineBreaks);
    quietUntil = Math.max(skipped, rest === -1 ? text.length : start + rest);
    const brace = isTold ? undefined : braceForValue(error, tokens);
    misread = (brace ?? (lacksHead(error) ? token : undefined))?.startOffset;
    if (brace !== undefined) problems.push(unexpected(brace, tokens, "an expression"));
    else if (!isTold) problems.push(parseProblem(error, tokens, text.length));
  }
  return problems;
}

/** Whether a block begins where its head still lacks the type or the list. */
function lacksHead({ token, context, message }: IRecognitionException): boolean {
  if (token.tokenType.name !== "{") return false;
  const rule = context.ruleStack.at(-1);
  if (rule === "parallel") return message === "`in`";
  return (rule === "flowDeclaration" || rule === "agentDeclaration") && message === "`->`";
}

/** The brace of a block that was read as a record, since the value in front of it is missing: `loop up to { ... }`. */
function braceForValue(
  { token, context }: IRecognitionException,
  tokens: readonly IToken[],
): IToken | undefined {
  if (!context.ruleStack.includes("record")) return undefined;
  let depth = 0;
  for (let index = tokens.indexOf(token) - 1; index > 0; index--) {
    const { name } = tokens[index]!.tokenType;
    if (name === "}") depth++;
    else if (name === "{" && depth-- === 0) {
      const before = tokens[index - 1]!.tokenType.name;
      return before === "branch" || (before === "to" && tokens[index - 2]?.image === "up")
        ? tokens[index]
        : undefined;
    }
  }
  return undefined;
}

const endless: ReadonlySet<string> = new Set(["UnterminatedText", "LostQuotes"]);

/** Words that begin what is whole whatever stands in front of it. */
const fresh: ReadonlySet<string> = new Set([
  ...["let", "var", "set", "loop", "branch", "break", "continue", "return", "yield"],
  ...["mock", "expect", "path", "system", "user", "example"],
]);

/**
 * The tokens, up to the next statement or its like, in front of which something may be missing that a text without an
 * end took with it, such as a closing bracket.
 */
function behindEndless(tokens: readonly IToken[]): ReadonlySet<IToken> {
  const behind = new Set<IToken>();
  let isBehind = false;
  tokens.forEach((token, index) => {
    const { name } = token.tokenType;
    if (isBehind) behind.add(token);
    if (name === "UnterminatedText") isBehind = true;
    else if (fresh.has(name) || beginsDeclaration(tokens, index)) isBehind = false;
  });
  return behind;
}

function endOf({ startOffset, image }: IToken): number {
  return startOffset + image.length;
}

function lineStart(text: string, at: number): number {
  return Math.max(text.lastIndexOf("\n", at - 1), text.lastIndexOf("\r", at - 1)) + 1;
}

function declarationBetween(tokens: readonly IToken[], from: number, to: number): boolean {
  return tokens.some(
    ({ startOffset }, index) => startOffset > from && startOffset <= to && beginsDeclaration(tokens, index),
  );
}

/** Some of these words are names too, so it takes what follows them to tell. */
export function beginsDeclaration(tokens: readonly IToken[], index: number): boolean {
  const { name } = tokens[index]!.tokenType;
  if (name === "test") return tokens[index + 1]?.tokenType.name === "Text";
  if (name !== "judge" && name !== "import") return name === "type" || name === "agent" || name === "flow";
  const next = tokens[index + 1];
  return next !== undefined && tokenMatcher(next, Word);
}

/**
 * With two tokens of lookahead the parser does not go into a section that has no text, but it is the text that is missed.
 * Gives the token that stands there instead.
 */
function insteadOfText(rule: string, tokens: readonly IToken[], { startOffset }: IToken): IToken | undefined {
  if (rule !== "agentDeclaration") return undefined;
  const index = tokens.findIndex((each) => each.startOffset === startOffset);
  const name = tokens[index]?.tokenType.name;
  return name === "system" || name === "user" ? tokens[index + 1] : undefined;
}

/** @param end of the text */
function parseProblem(error: IRecognitionException, tokens: readonly IToken[], end: number): SyntaxProblem {
  const inner = error.context.ruleStack.at(-1) ?? "file";
  const instead = insteadOfText(inner, tokens, error.token);
  const token = instead ?? error.token;
  const rule = instead === undefined ? inner : "section";
  const expected = instead === undefined ? error.message : ruleNames.get("section")!;
  const atEnd = token.tokenType.name === "EOF";
  if (!atEnd) return unexpected(token, tokens, expected, rule);
  const found = "the end of the file";
  const span = { start: end, end };
  return { kind: "unexpected-token", expected, found, word: undefined, candidates: [], span };
}

/** @param rule which met the token, if it says what may be meant */
function unexpected(
  token: IToken,
  tokens: readonly IToken[],
  expected: string,
  rule?: string,
): SyntaxProblem {
  return {
    kind: "unexpected-token",
    expected,
    found: foundPhrase(token),
    word: tokenMatcher(token, Word) ? token.image : undefined,
    candidates: (rule === undefined ? undefined : keywords.get(rule)) ?? [],
    ...(rule === undefined ? undefined : meantBy(rule, tokens, tokens.indexOf(token))),
    span: { start: token.startOffset, end: endOf(token) },
  };
}

function foundPhrase(token: IToken): string {
  switch (token.tokenType.name) {
    case "TagBreak":
      return "the end of the line";
    case "Text":
    case "UnterminatedText":
      return "a text";
    case "OpenPrompt":
      return "a prompt block";
    case "PromptText":
    case "PromptLines":
      return "text";
    default:
      return `\`${shortened(token.image)}\``;
  }
}

/** A number may have any length; a message has not. */
export function shortened(image: string): string {
  return image.length <= 40 ? image : `${image.slice(0, 40)}...`;
}

/** A run of characters that mean nothing is one problem. */
export function lexProblems(errors: readonly ILexingError[], text: string): SyntaxProblem[] {
  return errors.map(({ offset, length }) => ({
    kind: "unexpected-character",
    character: String.fromCodePoint(text.codePointAt(offset) ?? 0xfffd),
    span: { start: offset, end: offset + Math.max(1, length) },
  }));
}
