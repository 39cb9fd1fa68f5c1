import { formatText } from "../../compiler/index.js";
import { printDiagnostics } from "./diagnostics.js";
import { ExitCode } from "./exit.js";
import { allOf, readFlowFiles } from "./read-flow.js";
import { printable, tell } from "./terminal.js";
import { writeFile } from "./write-files.js";

/**
 * Lays files out; `-` is standard input, and goes to standard output. All files are read before any is written.
 * @throws CommandFailure naming all files that cannot be read, or one that cannot be written
 */
export async function formatFiles(
  files: readonly string[],
  { check }: { readonly check: boolean },
): Promise<ExitCode> {
  const { texts, failures } = await readFlowFiles(files);
  const [failure, ...others] = failures;
  if (failure !== undefined) throw allOf([failure, ...others]);
  const isPiped = files.includes("-");
  let worst: ExitCode = ExitCode.ok;
  for (const { file, text } of texts) {
    const { formatted, diagnostics, sources } = formatText(text, file);
    printDiagnostics(diagnostics, sources);
    if (formatted === undefined) {
      worst = ExitCode.diagnostics;
    } else if (check) {
      if (formatted === text) continue;
      process.stdout.write(`${isPiped ? "-" : printable(file)}\n`);
      worst = ExitCode.diagnostics;
    } else if (isPiped) {
      process.stdout.write(formatted);
    } else if (formatted !== text) {
      writeFile(file, formatted);
      tell(printable(file));
    }
  }
  return worst;
}
