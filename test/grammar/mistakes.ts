import { type Lexeme, lexemes, type Span } from "../../grammar/index.js";

/** A typing mistake in a text that had none. */
export interface Mistake {
  readonly what: "left out" | "misspelt" | "unclosed";
  /** The word or sign as it was. */
  readonly token: string;
  readonly span: Span;
  /** Where the other end is of what is unclosed. */
  readonly otherEnd?: Span;
  readonly text: string;
}

/**
 * Every word and sign of a text left out once, and every word of three letters or more misspelt once; what encloses text,
 * or a tag, is left out at each of its ends.
 */
export function mistakesIn(text: string): readonly Mistake[] {
  const all = lexemes(text);
  return all.flatMap(({ kind, text: token, span }, index): Mistake[] => {
    if (kind === "comment" || kind === "doc" || kind === "prompt") return [];
    const without = ({ start, end }: Span, by = "") => text.slice(0, start) + by + text.slice(end);
    const left: Mistake = { what: "left out", token, span, text: without(span) };
    if (kind === "quotes" || kind === "tag") {
      return [{ ...left, what: "unclosed", otherEnd: otherEnd(all, index).span }];
    }
    if (kind === "text") {
      const ends = [
        { start: span.start, end: span.start + 1 },
        { start: span.end - 1, end: span.end },
      ];
      return [left, ...ends.map((end): Mistake => ({ ...left, what: "unclosed", text: without(end) }))];
    }
    if (!/^[A-Za-z_]{3,}$/.test(token)) return [left];
    const swapped = token[1]! + token[0]! + token.slice(2);
    const misspelt = swapped === token ? `${token}x` : swapped;
    return [left, { what: "misspelt", token, span, text: without(span, misspelt) }];
  });
}

/** The quotes, or the end of the tag, that belong to those at an index. */
function otherEnd(all: readonly Lexeme[], index: number): Lexeme {
  const { kind } = all[index]!;
  const isSame = (each: Lexeme) => each.kind === kind;
  const opens = all.slice(0, index).filter(isSame).length % 2 === 0;
  return opens ? all.slice(index + 1).find(isSame)! : all.slice(0, index).findLast(isSame)!;
}
