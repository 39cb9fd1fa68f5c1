import { format, Sources, SourceText } from "../grammar/index.js";
import type { Diagnostic } from "./diagnostics/diagnostic.js";
import { syntaxDiagnostic } from "./diagnostics/syntax.js";

export interface FormattedText {
  readonly sources: Sources;
  /** Syntax errors; nothing else is looked for. */
  readonly diagnostics: readonly Diagnostic[];
  /** There if there are none. */
  readonly formatted?: string;
}

/**
 * Lays a file out: two blanks of indent, one between words, a line for every statement, at most one blank line. What it
 * means, its comments and the text of its prompts stay the same, and formatting the result changes nothing.
 * @param file what the file is called in messages
 */
export function formatText(text: string, file: string): FormattedText {
  const sources = new Sources([new SourceText(file, text)]);
  const result = format(text);
  if (result.problems === undefined) return { sources, diagnostics: [], formatted: result.text };
  const diagnostics = result.problems.map(syntaxDiagnostic).sort((a, b) => a.span.start - b.span.start);
  return { sources, diagnostics };
}
