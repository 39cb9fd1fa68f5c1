export type * from "./ast.js";
export { type Expected, expectedAt, type NamePlace } from "./expect.js";
export { type Formatted, format } from "./format/format.js";
export { keywords, type Lexeme, type LexemeKind, lexemes, reservedWords } from "./lexemes.js";
export { limits } from "./limits.js";
export { type Parsed, parse } from "./parse.js";
export { print } from "./print/print.js";
export type { SyntaxProblem } from "./problem.js";
export { type Position, Sources, SourceText, type Span } from "./source.js";
