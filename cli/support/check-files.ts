import { resolve } from "node:path";
// Not by the compiler's door: the editor behind it would have to be loaded for every check.
import type { Checked } from "../../compiler/check/check.js";
import { checkWhole } from "../../compiler/compile.js";
import { type Diagnostic, hasErrors } from "../../compiler/diagnostics/diagnostic.js";
import { diagnosticJson, printDiagnostics } from "./diagnostics.js";
import { standing } from "./disk-host.js";
import { ExitCode } from "./exit.js";
import { allOf, readFlowFiles } from "./read-flow.js";
import { jsonText, tell } from "./terminal.js";

/** What `flowc check` was asked, as commander gives it. */
export interface CheckOptions {
  readonly json?: boolean;
  readonly maxWarnings?: number;
}

/**
 * Checks files and prints what is wrong: for people on standard error, or as one JSON array on standard output.
 * @throws CommandFailure if none of them can be read
 */
export async function checkFiles(
  files: readonly string[],
  { json = false, maxWarnings = Number.POSITIVE_INFINITY }: CheckOptions,
): Promise<ExitCode> {
  const { texts, failures } = await readFlowFiles(files);
  const [failure, ...others] = failures;
  if (failure !== undefined && texts.length === 0) throw allOf([failure, ...others]);
  const found = await Promise.all(
    texts.map(({ file, path, text }) => checkWhole(text, file, standing(path))),
  );
  const checked = withoutRepetitions(found);
  if (json) {
    const rows = checked.flatMap(({ diagnostics, sources }) =>
      diagnostics.map((each) => diagnosticJson(each, sources)),
    );
    process.stdout.write(`${jsonText(rows, 2)}\n`);
  } else {
    for (const { diagnostics, sources } of checked) printDiagnostics(diagnostics, sources);
  }
  for (const { message } of failures) tell(`flowc: ${message}`);
  if (!json) tell(summary(checked));
  const warnings = warningsOf(checked).length;
  if (warnings > maxWarnings) tell(`flowc: ${count(warnings, "warning")}, allowed are ${maxWarnings}`);
  const isBad = warnings > maxWarnings || found.some(({ diagnostics }) => hasErrors(diagnostics));
  return Math.max(
    isBad ? ExitCode.diagnostics : ExitCode.ok,
    ...failures.map(({ code }) => code),
  ) as ExitCode;
}

function warningsOf(checked: readonly Checked[]): readonly Diagnostic[] {
  return checked.flatMap(({ diagnostics }) => diagnostics).filter(({ severity }) => severity === "warning");
}

/** What is wrong with a file is said once, however many others import it. */
function withoutRepetitions(found: readonly Checked[]): readonly Checked[] {
  const said = new Set<string>();
  return found.map((each) => {
    const diagnostics = each.diagnostics.filter(({ code, message, span }) => {
      const source = each.sources.at(span.start);
      const key = JSON.stringify([resolve(source.file), span.start - source.base, code, message]);
      return !said.has(key) && said.add(key);
    });
    return { ...each, diagnostics };
  });
}

function summary(checked: readonly { diagnostics: readonly Diagnostic[] }[]): string {
  const all = checked.flatMap(({ diagnostics }) => diagnostics);
  const errors = all.filter((each) => each.severity === "error").length;
  const files = count(checked.length, "file");
  if (all.length === 0) return `${files} checked, nothing to report`;
  return `${files} checked: ${count(errors, "error")}, ${count(all.length - errors, "warning")}`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
