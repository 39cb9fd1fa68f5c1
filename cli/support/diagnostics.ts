import { type Diagnostic, renderDiagnostic, type Sources } from "../../compiler/index.js";
import { wantsColor } from "./terminal.js";

/** Prints diagnostics for people on standard error, a blank line after each. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], sources: Sources): void {
  const color = wantsColor(process.stderr);
  for (const each of diagnostics) process.stderr.write(`${renderDiagnostic(each, sources, { color })}\n\n`);
}

/** A diagnostic for programs. Lines and columns count from 1, the end is exclusive. */
export function diagnosticJson(each: Diagnostic, sources: Sources): object {
  const { code, severity, message, suggestions } = each;
  const source = sources.at(each.span.start);
  const start = source.positionAt(each.span.start);
  const end = source.positionAt(each.span.end);
  return { file: source.file, start, end, severity, code, message, suggestions };
}
