import type { ISerializedGast, TokenType } from "chevrotain";

/** What a rule or a part of one takes, as the parser toolkit tells it of itself. */
type Production = ISerializedGast & {
  readonly name?: string;
  readonly definition?: readonly Production[];
  readonly separator?: Production;
};

/** From the loosest to the tightest. */
const kinds = ["alternatives", "sequence", "unit"] as const;

/** A piece of EBNF, and how tightly it holds together, so that it is put into brackets only where it must. */
interface Piece {
  readonly text: string;
  readonly kind: (typeof kinds)[number];
}

/** A rule of the grammar. */
export interface Rule {
  readonly name: string;
  /** The alternatives that its text comes to; one where it has no choice at its top. */
  readonly alternatives: readonly string[];
  /** The rules that it uses, in the order of their first use. */
  readonly uses: readonly string[];
}

/** The parser's rules in the notation of the W3C: `?`, `*` and `+` behind what they repeat, `|` between alternatives. */
export function ebnfRules(
  productions: readonly ISerializedGast[],
  tokens: ReadonlyMap<string, TokenType>,
): readonly Rule[] {
  return (productions as readonly Production[]).map((rule) => {
    const [only, ...more] = rule.definition ?? [];
    const alternatives =
      only?.type === "Alternation" && more.length === 0
        ? (only.definition ?? []).map((each) => sequence(each.definition, tokens).text)
        : [sequence(rule.definition, tokens).text];
    return { name: rule.name!, alternatives, uses: [...new Set(usesOf(rule))] };
  });
}

function usesOf({ type, name, definition = [] }: Production): string[] {
  return type === "NonTerminal" ? [name!] : definition.flatMap(usesOf);
}

function sequence(parts: readonly Production[] = [], tokens: ReadonlyMap<string, TokenType>): Piece {
  const pieces = parts.map((part) => piece(part, tokens));
  if (pieces.length === 1) return pieces[0]!;
  return {
    text: pieces.map((each) => within(each, "sequence")).join(" "),
    kind: "sequence",
  };
}

function piece(part: Production, tokens: ReadonlyMap<string, TokenType>): Piece {
  switch (part.type) {
    case "NonTerminal":
      return { text: part.name!, kind: "unit" };
    case "Terminal":
      return { text: written(tokens.get(part.name!)!), kind: "unit" };
    case "Alternation": {
      const ways = (part.definition ?? []).map((each) => sequence(each.definition, tokens));
      return { text: ways.map(({ text }) => text).join(" | "), kind: "alternatives" };
    }
    case "Option":
      return repeated(sequence(part.definition, tokens), "?");
    case "Repetition":
      return repeated(sequence(part.definition, tokens), "*");
    case "RepetitionMandatory":
      return repeated(sequence(part.definition, tokens), "+");
    case "RepetitionWithSeparator":
      return repeated(separated(part, tokens), "?");
    case "RepetitionMandatoryWithSeparator":
      return separated(part, tokens);
    default:
      return sequence(part.definition, tokens);
  }
}

function separated(part: Production, tokens: ReadonlyMap<string, TokenType>): Piece {
  const item = within(sequence(part.definition, tokens), "sequence");
  return {
    text: `${item} ( ${piece(part.separator!, tokens).text} ${item} )*`,
    kind: "sequence",
  };
}

function repeated(of: Piece, mark: "?" | "*" | "+"): Piece {
  return { text: `${within(of, "unit")}${mark}`, kind: "unit" };
}

/** The piece, in brackets if what stands around it holds tighter. */
function within({ text, kind }: Piece, around: Piece["kind"]): string {
  return kinds.indexOf(kind) < kinds.indexOf(around) ? `( ${text} )` : text;
}

/** A word or a sign as it is written in a flow, any other token by its name. */
export function written({ name, PATTERN }: TokenType): string {
  if (typeof PATTERN !== "string") return name;
  return PATTERN.includes('"') ? `'${PATTERN}'` : `"${PATTERN}"`;
}
