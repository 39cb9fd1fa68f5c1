/** Source text is untrusted: beyond these limits a file is refused before anything is built from it. */
export const limits = {
  /** UTF-16 units in a file. */
  characters: 1_000_000,
  /** Brackets within brackets, tags within tags, signs before signs. */
  nesting: 100,
  /** Operators or accesses in a row, as in `a + b + c`. */
  chain: 1_000,
} as const;
