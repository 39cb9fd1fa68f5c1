import { lexemes, type Span } from "../../grammar/index.js";

/** A typing mistake in a text that had none. */
export interface Mistake {
  readonly what: "left out" | "misspelt";
  /** The word or sign as it was. */
  readonly token: string;
  readonly span: Span;
  readonly text: string;
}

/** Every word and sign of a text left out once, and every word of three letters or more misspelt once. */
export function mistakesIn(text: string): readonly Mistake[] {
  return lexemes(text).flatMap(({ kind, text: token, span }): Mistake[] => {
    if (kind === "comment" || kind === "doc" || kind === "prompt") return [];
    const replaced = (by: string) => text.slice(0, span.start) + by + text.slice(span.end);
    const left: Mistake = { what: "left out", token, span, text: replaced("") };
    if (!/^[A-Za-z_]{3,}$/.test(token)) return [left];
    const swapped = token[1]! + token[0]! + token.slice(2);
    const misspelt = swapped === token ? `${token}x` : swapped;
    return [left, { what: "misspelt", token, span, text: replaced(misspelt) }];
  });
}
