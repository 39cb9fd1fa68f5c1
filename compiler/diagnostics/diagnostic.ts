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
  /** Further places where the same is wrong with the same name, in their order. */
  readonly repeats: readonly Span[];
}

/** Makes a diagnostic of the catalogue; the parameters are those of its code. */
export function diagnostic<C extends Code>(
  code: C,
  span: Span,
  params: ParamsOf<C>,
  suggestions: readonly string[] = [],
): Diagnostic {
  const entry = catalogue[code];
  const message = (entry.message as (params: ParamsOf<C>) => string)(readable(params));
  return { code, severity: entry.severity, message, span, suggestions: suggestions.slice(0, 3), repeats: [] };
}

/** A type may be written on pages; a message stands on a line or two. */
const longest = 300;

function readable<C extends Code>(params: ParamsOf<C>): ParamsOf<C> {
  const cut = (value: unknown) =>
    typeof value === "string" && value.length > longest ? `${value.slice(0, longest)}...` : value;
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, cut(value)])) as ParamsOf<C>;
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
