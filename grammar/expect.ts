import type { IToken } from "chevrotain";
import { tooDeep } from "./concrete.js";
import { expectations } from "./errors.js";
import { keywords, reservedWords } from "./lexemes.js";
import { tokenize } from "./lexer.js";
import { limits } from "./limits.js";
import { FlowParser } from "./parser.js";

/** A place of the grammar that takes a name. */
export interface NamePlace {
  /** The rule that takes it, e.g. `primary`. */
  readonly rule: string;
  /** Which of the names in that rule it is, from 0. */
  readonly ordinal: number;
  /** The rules around it, the outermost first. */
  readonly inside: readonly string[];
}

/** What may stand at a place. */
export interface Expected {
  readonly keywords: readonly string[];
  readonly names: readonly NamePlace[];
}

const nothing: Expected = { keywords: [], names: [] };

let parser: FlowParser | undefined;

/**
 * What the grammar allows after the first `offset` characters, whatever follows them. Nothing inside comments, texts
 * and the plain text of prompts, or where what stands before cannot be read. Looks at the statement around the place
 * and at what encloses it: mistakes elsewhere do not matter.
 */
export function expectedAt(text: string, offset: number): Expected {
  if (text.length > limits.characters) return nothing;
  const { tokens, docs, comments } = tokenize(text.slice(0, offset));
  const last = tokens.at(-1);
  if ([docs.at(-1), comments.at(-1)].some((each) => each !== undefined && endOf(each) === offset))
    return nothing;
  if (last?.tokenType.name === "UnterminatedText" && endOf(last) === offset) return nothing;
  // The search for what may follow takes longer than linear in the levels.
  if (tooDeep(tokens) !== undefined) return nothing;
  parser ??= new FlowParser(expectations);
  const tag = openTag(tokens);
  if (tag === "prompt") return nothing;
  if (tag !== undefined) return assist(tag.rule, tag.tokens);
  const declaration = lastDeclaration(tokens, declarationStarts(parser));
  const short = assist("file", shortened(declaration));
  return short.keywords.length + short.names.length > 0 ? short : assist("file", declaration);
}

function endOf({ startOffset, image }: IToken): number {
  return startOffset + image.length;
}

function assist(rule: string, tokens: readonly IToken[]): Expected {
  // The search for what may follow is linear in the tokens, but slow.
  if (tokens.length > 2_000) return nothing;
  const found = { keywords: new Set<string>(), names: new Map<string, NamePlace>() };
  for (const { nextTokenType, nextTokenOccurrence, ruleStack } of parser!.computeContentAssist(rule, [
    ...tokens,
  ])) {
    const { name } = nextTokenType;
    const place = { rule: ruleStack.at(-1) ?? rule, ordinal: nextTokenOccurrence, inside: ruleStack };
    if (keywords.has(name)) found.keywords.add(name);
    else if (name === "Name" || name === "Word") found.names.set(`${place.rule} ${place.ordinal}`, place);
  }
  return { keywords: [...found.keywords], names: [...found.names.values()] };
}

/** The tokens of the tag that is still open at the end, `prompt` between tags, or nothing outside of prompts. */
function openTag(
  tokens: readonly IToken[],
): { readonly rule: "hole" | "tag"; readonly tokens: readonly IToken[] } | "prompt" | undefined {
  let inPrompt = false;
  let opened: number | undefined;
  for (const [index, { tokenType }] of tokens.entries()) {
    const { name } = tokenType;
    if (name === "OpenPrompt") inPrompt = true;
    else if (name === "ClosePrompt" || name === "LostQuotes") inPrompt = false;
    else if (name === "{{" || name === "{%") opened = index;
    else if (name === "}}" || name === "%}" || name === "TagBreak") opened = undefined;
  }
  if (opened === undefined) return inPrompt ? "prompt" : undefined;
  const rule = tokens[opened]!.tokenType.name === "{{" ? "hole" : "tag";
  return { rule, tokens: tokens.slice(opened) };
}

function declarationStarts(of: FlowParser): ReadonlySet<string> {
  return new Set(of.computeContentAssist("file", []).map(({ nextTokenType }) => nextTokenType.name));
}

/** From the last word that begins a declaration: a reserved one anywhere, another one outside of all braces. */
function lastDeclaration(tokens: readonly IToken[], starts: ReadonlySet<string>): readonly IToken[] {
  let depth = 0;
  let start = 0;
  for (const [index, { tokenType }] of tokens.entries()) {
    const { name } = tokenType;
    if (name === "{") depth++;
    else if (name === "}") depth = Math.max(0, depth - 1);
    else if (starts.has(name) && beginsDeclaration(tokens, index, depth)) {
      start = index;
      depth = 0;
    }
  }
  return tokens.slice(start);
}

/** A reserved word does so anywhere, another only outside of all braces and in front of a word or a text. */
function beginsDeclaration(tokens: readonly IToken[], index: number, depth: number): boolean {
  if (isField(tokens, index)) return false;
  if (reservedWords.has(tokens[index]!.image)) return true;
  const next = tokens[index + 1]?.image;
  return depth === 0 && (next === undefined || /^[A-Za-z_"]/.test(next));
}

/** `.type` and `type:` are fields. */
function isField(tokens: readonly IToken[], index: number): boolean {
  return tokens[index - 1]?.tokenType.name === "." || tokens[index + 1]?.tokenType.name === ":";
}

/** Words that only begin statements; what stands before them in their block is behind us. */
const statementStarts: ReadonlySet<string> = new Set(["let", "var", "set", "loop", "branch"]);

/** Without what is in closed braces and prompts, and without the statements before the last one of each open block. */
function shortened(tokens: readonly IToken[]): readonly IToken[] {
  const kept: IToken[] = [];
  /** Where in `kept` the open braces and the open prompt stand. */
  const open: number[] = [];
  let prompt: number | undefined;
  for (const [index, token] of tokens.entries()) {
    const { name } = token.tokenType;
    if (name === "OpenPrompt") prompt = kept.length;
    else if ((name === "ClosePrompt" || name === "LostQuotes") && prompt !== undefined) {
      kept.length = prompt + 1;
      prompt = undefined;
    } else if (prompt !== undefined) {
      kept.push(token);
      continue;
    }
    if (name === "{") open.push(kept.length);
    else if (name === "}") {
      const start = open.pop();
      if (start !== undefined) kept.length = start + 1;
    } else if (statementStarts.has(name) && open.length > 0 && beginsStatement(tokens, index)) {
      kept.length = open.at(-1)! + 1;
    }
    kept.push(token);
  }
  return kept;
}

function beginsStatement(tokens: readonly IToken[], index: number): boolean {
  return tokens[index - 1]?.tokenType.name !== "->" && !isField(tokens, index);
}
