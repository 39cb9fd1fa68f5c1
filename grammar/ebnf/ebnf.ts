import type { Expr } from "./tree.js";

/** From the loosest to the tightest. */
const kinds = ["alternatives", "sequence", "unit"] as const;

/** A piece of EBNF, and how tightly it holds together, so that it is put into brackets only where it must. */
interface Piece {
  readonly text: string;
  readonly kind: (typeof kinds)[number];
}

/**
 * The alternatives that an expression comes to, one where it has no choice at its top, in the notation of the W3C: `?`,
 * `*` and `+` behind what they repeat, `|` between alternatives.
 */
export function alternatives(expr: Expr): readonly string[] {
  return (expr.kind === "choice" ? expr.parts : [expr]).map((part) => pieceOf(part).text);
}

function pieceOf(expr: Expr): Piece {
  switch (expr.kind) {
    case "sequence":
      return { text: expr.parts.map((part) => within(part, "sequence")).join(" "), kind: "sequence" };
    case "choice":
      return { text: alternatives(expr).join(" | "), kind: "alternatives" };
    case "optional":
      return { text: `${within(expr.part, "unit")}?`, kind: "unit" };
    case "many":
      return { text: `${within(expr.part, "unit")}*`, kind: "unit" };
    case "some": {
      if (expr.separator === undefined) return { text: `${within(expr.part, "unit")}+`, kind: "unit" };
      const item = within(expr.part, "sequence");
      return { text: `${item} ( ${pieceOf(expr.separator).text} ${item} )*`, kind: "sequence" };
    }
    case "rule":
      return { text: expr.name, kind: "unit" };
    case "word":
    case "token":
      return { text: written(expr), kind: "unit" };
  }
}

/** The expression, in brackets if what stands around it holds tighter. */
function within(expr: Expr, around: Piece["kind"]): string {
  const { text, kind } = pieceOf(expr);
  return kinds.indexOf(kind) < kinds.indexOf(around) ? `( ${text} )` : text;
}

/** A word or a sign in quotes, any other token by its name. */
export function written({ kind, text }: Expr & { readonly text: string }): string {
  if (kind === "token") return text;
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}
