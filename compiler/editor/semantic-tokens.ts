import type { Lexeme, Span } from "../../grammar/index.js";
import type { FlowDocument } from "./document.js";
import { type Entity, type Occurrence, occurrenceAt, occurrencesIn } from "./occurrences.js";

/** The kinds of token, named as the protocol's own. */
export const tokenKinds = [
  "keyword",
  "type",
  "interface",
  "function",
  "parameter",
  "variable",
  "property",
  "enumMember",
  "string",
  "number",
  "operator",
  "comment",
] as const;

/** What is said besides, a bit each: the protocol's own names again. */
export const tokenModifiers = [
  "declaration",
  "readonly",
  "modification",
  "documentation",
  "defaultLibrary",
] as const;

export interface SemanticToken {
  readonly span: Span;
  readonly kind: (typeof tokenKinds)[number];
  readonly modifiers: readonly (typeof tokenModifiers)[number][];
}

/** What each piece of a text is, in the order of the text. Pieces may span lines. */
export function semanticTokens({ lexemes, occurrences }: FlowDocument): readonly SemanticToken[] {
  return lexemes.flatMap((lexeme) => {
    const { kind, span } = lexeme;
    switch (kind) {
      case "name": {
        const found = occurrenceAt(occurrences, span.start);
        return found?.span.start === span.start ? [nameToken(found)] : [];
      }
      case "keyword":
      case "number":
      case "comment":
        return [{ span, kind, modifiers: [] }];
      case "doc":
        return [{ span, kind: "comment", modifiers: ["documentation"] }];
      case "text":
        return textTokens(lexeme, occurrences);
      case "quotes":
      case "prompt":
        return [{ span, kind: "string", modifiers: [] }];
      case "tag":
        return [{ span, kind: "operator", modifiers: [] }];
      case "sign":
        return isOperator(lexeme) ? [{ span, kind: "operator", modifiers: [] }] : [];
      default:
        return [];
    }
  });
}

/** A text as a whole, or around the names in it: in a test the id of a choice point holds some. */
function textTokens({ span }: Lexeme, occurrences: readonly Occurrence[]): SemanticToken[] {
  const tokens: SemanticToken[] = [];
  let at = span.start;
  for (const found of occurrencesIn(occurrences, span)) {
    tokens.push(stringToken(at, found.span.start), nameToken(found));
    at = found.span.end;
  }
  return [...tokens, stringToken(at, span.end)].filter(({ span: each }) => each.end > each.start);
}

function stringToken(start: number, end: number): SemanticToken {
  return { span: { start, end }, kind: "string", modifiers: [] };
}

function isOperator({ text }: Lexeme): boolean {
  return !"(){}[],.:".includes(text);
}

function nameToken({ entity, role, span }: Occurrence): SemanticToken {
  const modifiers: SemanticToken["modifiers"][number][] = [];
  if (role === "declaration") modifiers.push("declaration");
  if (role === "write") modifiers.push("modification");
  if (entity.kind === "variable" && entity.symbol.role !== "var") modifiers.push("readonly");
  if (entity.kind === "function" || entity.kind === "builtin-type") modifiers.push("defaultLibrary");
  return { span, kind: nameKind(entity), modifiers };
}

function nameKind(entity: Entity): SemanticToken["kind"] {
  switch (entity.kind) {
    case "type":
    case "builtin-type":
      return "type";
    case "agent":
      return "interface";
    case "flow":
    case "extern":
    case "effect":
    case "function":
      return "function";
    case "variable":
      return entity.symbol.role === "parameter" ? "parameter" : "variable";
    case "field":
      return "property";
    case "label":
      return "enumMember";
  }
}
