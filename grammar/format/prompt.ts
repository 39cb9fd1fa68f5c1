import type { IToken } from "chevrotain";
import { lineBreaks } from "../source.js";
import type { Marks } from "./marks.js";
import { spaceBetween } from "./spacing.js";

const INDENT = "  ";

/**
 * A prompt block at a level of indent. What it renders to stays the same: only the indent that all its lines share, and
 * the space inside of tags, are ever changed.
 *
 * @param tokens from the opening to the closing quotes
 * @returns lines; the first belongs behind what stands before the block, the others have their indent
 */
export function formatPrompt(tokens: readonly IToken[], level: number, marks: Marks): string[] {
  const lines = written(tokens.slice(1, -1), marks).split(lineBreaks);
  if (lines.length === 1) return [`"""${lines[0]}"""`];
  const [first, ...rest] = lines as [string, ...string[]];
  const last = rest.at(-1)!;
  const closesAlone = isBlank(last);
  const body = closesAlone ? rest.slice(0, -1) : rest;
  const common = commonIndent(body);
  const indent = INDENT.repeat(level + 1);
  const opening = isBlank(first) ? '"""' : `"""${first}`;
  const inner = body.map((line) => (isBlank(line) ? "" : indent + line.slice(common.length)));
  if (closesAlone) return [opening, ...inner, `${INDENT.repeat(level)}"""`];
  return [opening, ...inner.slice(0, -1), `${inner.at(-1)}"""`];
}

/** The text between the quotes, with its tags as they are written. */
function written(tokens: readonly IToken[], marks: Marks): string {
  let text = "";
  let before: IToken | undefined;
  for (const token of tokens) {
    if (token.tokenType.name === "PromptText") {
      text += token.image;
      before = undefined;
      continue;
    }
    const opens = token.tokenType.name === "{{" || token.tokenType.name === "{%";
    if (before !== undefined && !opens) text += spaceBetween(spaced(before), spaced(token), marks);
    text += token.image;
    before = token;
  }
  return text;
}

function spaced(token: IToken): { name: string; start: number } {
  return { name: token.tokenType.name, start: token.startOffset };
}

function commonIndent(lines: readonly string[]): string {
  let common: string | undefined;
  for (const line of lines) {
    if (isBlank(line)) continue;
    const indent = /^[ \t]*/.exec(line)![0];
    common ??= indent;
    while (!indent.startsWith(common)) common = common.slice(0, -1);
  }
  return common ?? "";
}

function isBlank(line: string): boolean {
  return /^[ \t]*$/.test(line);
}
