import { renderDiagnostic } from "../../compiler/diagnostics/render.js";
import type { Diagnostic, Sources, Span } from "../../compiler/index.js";
import { wantsColor } from "./terminal.js";

/** Prints diagnostics for people on standard error, a blank line after each. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], sources: Sources): void {
  const color = wantsColor(process.stderr);
  for (const each of diagnostics) process.stderr.write(`${renderDiagnostic(each, sources, { color })}\n\n`);
}

/** A diagnostic for programs. Lines and columns count from 1, the end is exclusive. */
export function diagnosticJson(each: Diagnostic, sources: Sources): object {
  const { code, severity, message, suggestions } = each;
  const repeats = each.repeats.map((span) => placeJson(span, sources));
  return { ...placeJson(each.span, sources), severity, code, message, suggestions, repeats };
}

function placeJson({ start, end }: Span, sources: Sources): object {
  const source = sources.at(start);
  return { file: source.file, start: source.positionAt(start), end: source.positionAt(end) };
}
