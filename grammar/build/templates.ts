import type { CstNode, IToken } from "chevrotain";
import type { Expression, Identifier, Template, TemplatePart } from "../ast.js";
import { tokenMatcher } from "../chevrotain.js";
import { PromptText } from "../lexer.js";
import { limits } from "../limits.js";
import type { Span } from "../source.js";
import { expressionIn } from "./expressions.js";
import { textValue } from "./literals.js";
import { layOut, type Piece } from "./template-lines.js";
import {
  type Building,
  identifier,
  inOrder,
  isNode,
  missingName,
  nodeSpan,
  token,
  tokenSpan,
} from "./tree.js";

interface Hole {
  readonly value: Expression;
  readonly span: Span;
}

type Tag = { readonly span: Span } & (
  | { readonly kind: "for"; readonly name: Identifier; readonly list: Expression }
  | { readonly kind: "if"; readonly condition: Expression }
  | { readonly kind: "else" }
  | { readonly kind: "end" }
);

/** A section written as `"..."`: its text and nothing else. */
export function plainTemplate(text: IToken, building: Building): Template {
  const value = textValue(text, building);
  return { parts: value === "" ? [] : [{ kind: "text", text: value }], plain: true, span: tokenSpan(text) };
}

/** A section written as `"""..."""`. */
export function buildPrompt(cst: CstNode, building: Building): Template {
  const pieces = inOrder(cst).flatMap((child): Piece<Hole, Tag>[] => {
    if (!isNode(child)) {
      return tokenMatcher(child, PromptText) ? [{ kind: "text", text: child.image }] : [];
    }
    if (child.name === "hole") {
      const insert = { value: expressionIn(child, building), span: nodeSpan(child) };
      return [{ kind: "insert", insert }];
    }
    const tag = buildTag(child, building);
    return tag === undefined ? [] : [{ kind: "tag", tag }];
  });
  const span = nodeSpan(cst);
  // What could not be read may hold the end of a tag.
  const nesting = building.isUnread(span.start) ? { ...building, problems: [] } : building;
  return { parts: nest(layOut(pieces), nesting), plain: false, span };
}

function buildTag(cst: CstNode, building: Building): Tag | undefined {
  const span = nodeSpan(cst);
  if (token(cst, "for") !== undefined) {
    const name = identifier(cst, "Name") ?? missingName(span);
    return { kind: "for", name, list: expressionIn(cst, building), span };
  }
  if (token(cst, "if") !== undefined) return { kind: "if", condition: expressionIn(cst, building), span };
  if (token(cst, "else") !== undefined) return { kind: "else", span };
  if (token(cst, "end") !== undefined) return { kind: "end", span };
  return undefined;
}

/** A tag whose `end` has not come yet, and the parts collected inside it. */
interface Open {
  readonly tag: Tag;
  readonly body: TemplatePart[];
  otherwise: TemplatePart[] | undefined;
}

/** Finds the `end` of every tag; what has none, and what has no beginning, is reported. */
function nest(pieces: readonly Piece<Hole, Tag>[], building: Building): TemplatePart[] {
  const top: TemplatePart[] = [];
  const stack: Open[] = [];
  const current = () => stack.at(-1)?.otherwise ?? stack.at(-1)?.body ?? top;
  const close = () => {
    const open = stack.pop()!;
    current().push(closed(open));
  };
  for (const piece of pieces) {
    if (piece.kind === "text") addText(current(), piece.text);
    else if (piece.kind === "insert") current().push({ kind: "hole", ...piece.insert });
    else {
      const { tag } = piece;
      const open = stack.at(-1);
      if (tag.kind === "for" || tag.kind === "if") {
        if (stack.length === limits.nesting) {
          building.problems.push({
            kind: "too-many",
            what: "levels of nesting",
            limit: limits.nesting,
            span: tag.span,
          });
          return top;
        }
        stack.push({ tag, body: [], otherwise: undefined });
      } else if (open === undefined || (tag.kind === "else" && (open.tag.kind === "for" || open.otherwise))) {
        building.problems.push({ kind: "stray-tag", tag: tag.kind, span: tag.span });
      } else if (tag.kind === "else") open.otherwise = [];
      else close();
    }
  }
  for (const { tag } of stack)
    building.problems.push({ kind: "unclosed-tag", tag: tag.kind, span: tag.span });
  while (stack.length > 0) close();
  return top;
}

function closed({ tag, body, otherwise }: Open): TemplatePart {
  if (tag.kind === "for") return { ...tag, body };
  if (tag.kind === "if") return { ...tag, body, otherwise: otherwise ?? [] };
  throw new Error(`a template's ${tag.kind} was opened`);
}

function addText(parts: TemplatePart[], text: string): void {
  if (text === "") return;
  const last = parts.at(-1);
  if (last?.kind === "text") parts[parts.length - 1] = { kind: "text", text: last.text + text };
  else parts.push({ kind: "text", text });
}
