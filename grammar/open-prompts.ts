import type { IToken } from "chevrotain";
import { beginsDeclaration } from "./errors.js";
import { ClosePrompt, LostQuotes, OpenPrompt } from "./lexer.js";
import type { SyntaxProblem } from "./problem.js";
import type { Span } from "./source.js";

/**
 * The prompts that have no closing quotes. They are told by the tokens and not where the parser misses the quotes: what
 * stands around them may be too broken to come that far.
 */
export function openPrompts(tokens: readonly IToken[]): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  let open: Span | undefined;
  let quotes: string | undefined;
  const tell = () => {
    if (open !== undefined) {
      problems.push({ kind: "unterminated-prompt", ...(quotes && { quotes }), span: open });
    }
    open = undefined;
  };
  for (const { tokenType, startOffset, image } of tokens) {
    if (open !== undefined) quotes ??= /^[ \t]*("{1,2}|'{3})[ \t]*$/m.exec(image)?.[1];
    if (tokenType === OpenPrompt) {
      open = { start: startOffset, end: startOffset + 3 };
      quotes = undefined;
    } else if (tokenType === ClosePrompt) open = undefined;
    else if (tokenType === LostQuotes) tell();
  }
  tell();
  return problems;
}

/**
 * Where the opening quotes of a prompt are missing, its text is read as code up to the quotes that close it, which open
 * nothing but the end of their line. Such stretches, each from the problem that was told in front of the text.
 */
export function proseIn(tokens: readonly IToken[], told: readonly SyntaxProblem[]): readonly Span[] {
  const starts = new Set(told.map(({ span }) => span.start));
  const stretches: Span[] = [];
  for (const [index, { startOffset }] of tokens.entries()) {
    if (!closesOnly(tokens, index)) continue;
    for (
      let at = index - 1;
      at >= 0 && !beginsDeclaration(tokens, at) && tokens[at]!.tokenType !== LostQuotes;
      at--
    ) {
      const { startOffset: start } = tokens[at]!;
      if (!starts.has(start)) continue;
      stretches.push({ start, end: startOffset });
      break;
    }
  }
  return stretches;
}

/** Whether quotes open a prompt that ends where it begins. */
function closesOnly(tokens: readonly IToken[], index: number): boolean {
  if (tokens[index]!.tokenType !== OpenPrompt) return false;
  let end = index + 1;
  while (/^\s*$/.test(tokens[end]?.image ?? ".") && tokens[end]!.tokenType !== LostQuotes) end++;
  return tokens[end]?.tokenType === LostQuotes;
}
