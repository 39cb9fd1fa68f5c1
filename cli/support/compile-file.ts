import { dirname, relative, resolve } from "node:path";
import { compile } from "../../compiler/index.js";
import { readFlowFile } from "../load-flow.js";
import { printDiagnostics } from "./diagnostics.js";
import { ExitCode } from "./exit.js";
import { writeFiles } from "./write-files.js";

/**
 * Compiles one file and writes what is emitted; with errors nothing is written.
 * @throws CommandFailure if the file cannot be read or the folder cannot be written
 */
export async function compileFile(
  file: string,
  { out, flow }: { readonly out?: string; readonly flow?: string },
): Promise<ExitCode> {
  const folder = out ?? dirname(file);
  const text = await readFlowFile(file);
  const sourcePath = relative(resolve(folder), resolve(file)).replaceAll("\\", "/");
  const { files, diagnostics, source } = await compile(text, file, {
    sourcePath,
    ...(flow === undefined ? {} : { flow }),
  });
  printDiagnostics(diagnostics, source);
  if (files === undefined) return ExitCode.diagnostics;
  writeFiles(folder, files);
  process.stderr.write(
    `${files.length} files written to ${folder}: ${files.map((each) => each.name).join(", ")}\n`,
  );
  return ExitCode.ok;
}
