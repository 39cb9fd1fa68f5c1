import type { Span } from "../../grammar/index.js";
import { type Code, catalogue, type ParamsOf, type Severity } from "./catalogue.js";

/** One thing that is wrong with one place of one file. A value: nothing is thrown for a user's mistake. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  /** At most three names that may have been meant, best first. */
  readonly suggestions: readonly string[];
}

/** Makes a diagnostic of the catalogue; the parameters are those of its code. */
export function diagnostic<C extends Code>(
  code: C,
  span: Span,
  params: ParamsOf<C>,
  suggestions: readonly string[] = [],
): Diagnostic {
  const entry = catalogue[code];
  const message = (entry.message as (params: ParamsOf<C>) => string)(params);
  return { code, severity: entry.severity, message, span, suggestions: suggestions.slice(0, 3) };
}

/** Takes what the checks find. */
export type Report = <C extends Code>(
  code: C,
  span: Span,
  params: ParamsOf<C>,
  suggestions?: readonly string[],
) => void;

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((each) => each.severity === "error");
}
