import { resolve } from "node:path";
import { type Checked, checkWhole, type Diagnostic, hasErrors } from "../../compiler/index.js";
import { diagnosticJson, printDiagnostics } from "./diagnostics.js";
import { standing } from "./disk-host.js";
import { ExitCode } from "./exit.js";
import { readFlowFiles } from "./read-flow.js";
import { jsonText, tell } from "./terminal.js";

/**
 * Checks files and prints what is wrong: for people on standard error, or as one JSON array on standard output.
 * @throws CommandFailure if a file cannot be read; nothing is printed then
 */
export async function checkFiles(files: readonly string[], { json }: { json: boolean }): Promise<ExitCode> {
  const texts = await readFlowFiles(files);
  const found = await Promise.all(texts.map(({ file, text }) => checkWhole(text, file, standing(file))));
  const checked = withoutRepetitions(found);
  if (json) {
    const rows = checked.flatMap(({ diagnostics, sources }) =>
      diagnostics.map((each) => diagnosticJson(each, sources)),
    );
    process.stdout.write(`${jsonText(rows, 2)}\n`);
  } else {
    for (const { diagnostics, sources } of checked) printDiagnostics(diagnostics, sources);
    tell(summary(checked));
  }
  return found.some(({ diagnostics }) => hasErrors(diagnostics)) ? ExitCode.diagnostics : ExitCode.ok;
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
