/** Source text is untrusted: beyond these limits a file is refused before anything is built from it. */
export const limits = {
  /** UTF-16 units in a file. */
  characters: 1_000_000,
  /** Files of a program, and UTF-16 units in all of them. */
  files: 200,
  programCharacters: 5_000_000,
  /** Words and signs of a file, which take time and memory one by one. */
  tokens: 200_000,
  /** Brackets within brackets, tags within tags, signs before signs. */
  nesting: 64,
  /** Nodes of an expression within each other; `a + b + c` has three levels. */
  depth: 200,
  /** Characters of a name. */
  name: 200,
  /** Labels of one type. */
  labels: 100,
  /** Syntax errors, after which the rest of a file is not read. */
  mistakes: 100,
} as const;
