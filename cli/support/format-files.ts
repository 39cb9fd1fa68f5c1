import { formatText } from "../../compiler/index.js";
import { printDiagnostics } from "./diagnostics.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { readFlowFiles, readStandardInput } from "./read-flow.js";
import { printable, tell } from "./terminal.js";
import { writeFile } from "./write-files.js";

/**
 * Lays files out; `-` is standard input, and goes to standard output. All files are read before any is written.
 * @throws CommandFailure if a file cannot be read or written
 */
export async function formatFiles(
  files: readonly string[],
  { check }: { readonly check: boolean },
): Promise<ExitCode> {
  if (files.includes("-") && files.length > 1) throw new CommandFailure("- stands alone");
  const read = files.includes("-")
    ? [{ file: "-", text: await readStandardInput() }]
    : await readFlowFiles(files);
  let worst: ExitCode = ExitCode.ok;
  for (const { file, text } of read) {
    const { formatted, diagnostics, sources } = formatText(text, file === "-" ? "standard input" : file);
    printDiagnostics(diagnostics, sources);
    if (formatted === undefined) {
      worst = ExitCode.diagnostics;
    } else if (check) {
      if (formatted === text) continue;
      process.stdout.write(`${printable(file)}\n`);
      worst = ExitCode.diagnostics;
    } else if (file === "-") {
      process.stdout.write(formatted);
    } else if (formatted !== text) {
      writeFile(file, formatted);
      tell(printable(file));
    }
  }
  return worst;
}
