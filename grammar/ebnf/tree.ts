import type { ISerializedGast, TokenType } from "chevrotain";

/** What a rule takes, in the terms of every notation for grammars. */
export type Expr =
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Expr[] }
  | { readonly kind: "optional"; readonly part: Expr }
  /** Any number, 0 too. */
  | { readonly kind: "many"; readonly part: Expr }
  /** One or more, perhaps with something between two. */
  | { readonly kind: "some"; readonly part: Expr; readonly separator: Expr | undefined }
  | { readonly kind: "rule"; readonly name: string }
  /** A word or a sign as it is written in a flow, or the name of any other token. */
  | { readonly kind: "word" | "token"; readonly text: string };

/** A rule of the grammar. */
export interface Rule {
  readonly name: string;
  readonly takes: Expr;
}

/** How the parser toolkit tells of itself. */
type Production = ISerializedGast & {
  readonly name?: string;
  readonly definition?: readonly Production[];
  readonly separator?: Production;
};

/** @param tokens all that the lexer knows, by name */
export function rulesOf(
  productions: readonly ISerializedGast[],
  tokens: ReadonlyMap<string, TokenType>,
): readonly Rule[] {
  return (productions as readonly Production[]).map(({ name, definition }) => ({
    name: name!,
    takes: sequence(definition, tokens),
  }));
}

/** The rules that an expression uses, each once, in the order of their first use. */
export function usesOf(expr: Expr): readonly string[] {
  return [...new Set(names(expr))];
}

function names(expr: Expr): readonly string[] {
  switch (expr.kind) {
    case "rule":
      return [expr.name];
    case "sequence":
    case "choice":
      return expr.parts.flatMap(names);
    case "optional":
    case "many":
    case "some":
      return names(expr.part);
    default:
      return [];
  }
}

function sequence(definition: readonly Production[] = [], tokens: ReadonlyMap<string, TokenType>): Expr {
  const parts = definition.map((each) => exprOf(each, tokens));
  return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
}

function exprOf(production: Production, tokens: ReadonlyMap<string, TokenType>): Expr {
  const { type, name, definition = [], separator } = production;
  const part = () => sequence(definition, tokens);
  switch (type) {
    case "NonTerminal":
      return { kind: "rule", name: name! };
    case "Terminal":
      return tokenOf(tokens.get(name!)!);
    case "Alternation":
      return { kind: "choice", parts: definition.map((each) => sequence(each.definition, tokens)) };
    case "Option":
      return { kind: "optional", part: part() };
    case "Repetition":
      return { kind: "many", part: part() };
    case "RepetitionMandatory":
      return { kind: "some", part: part(), separator: undefined };
    case "RepetitionWithSeparator":
      return {
        kind: "optional",
        part: { kind: "some", part: part(), separator: exprOf(separator!, tokens) },
      };
    case "RepetitionMandatoryWithSeparator":
      return { kind: "some", part: part(), separator: exprOf(separator!, tokens) };
    default:
      return part();
  }
}

export function tokenOf({ name, PATTERN }: TokenType): Expr & { readonly text: string } {
  return typeof PATTERN === "string" ? { kind: "word", text: PATTERN } : { kind: "token", text: name };
}
