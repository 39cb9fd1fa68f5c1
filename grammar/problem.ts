import type { Span } from "./source.js";

/** What is wrong with the text as text. The compiler turns these into diagnostics. */
export type SyntaxProblem = { readonly span: Span } & (
  | {
      readonly kind: "unexpected-character";
      readonly character: string;
      readonly instead?: readonly string[];
      readonly help?: string;
    }
  | {
      readonly kind: "unterminated-text";
      /** Whether nothing stands behind the quote on its line. */
      readonly isBlank: boolean;
    }
  | {
      readonly kind: "unterminated-prompt";
      /** Quotes that stand alone on a line of it, and may have been meant to close it. */
      readonly quotes?: string;
    }
  | {
      readonly kind: "unexpected-token";
      /** What may stand here, as a phrase: "a type", "`)`". */
      readonly expected: string;
      /** What stands there, as a phrase. */
      readonly found: string;
      /** The word that stands there, if it may be a misspelling of one of `candidates`. */
      readonly word: string | undefined;
      readonly candidates: readonly string[];
      /** What is meant for certain, to stand in this place. */
      readonly instead?: readonly string[];
      /** What to write, in a sentence without its end. */
      readonly help?: string;
    }
  | { readonly kind: "bad-escape"; readonly escape: string }
  | { readonly kind: "number-too-large"; readonly digits: string }
  | { readonly kind: "unclosed-tag"; readonly tag: string }
  | { readonly kind: "stray-tag"; readonly tag: string }
  | { readonly kind: "too-many"; readonly what: string; readonly limit: number }
  | { readonly kind: "too-large"; readonly limit: number }
);
