import { extname } from "node:path";
import { type GraphFormat, graph, printGraph } from "../../compiler/index.js";
import { printDiagnostics } from "./diagnostics.js";
import { standing } from "./disk-host.js";
import { ExitCode } from "./exit.js";
import { readFlowFile } from "./read-flow.js";
import { writeFile } from "./write-files.js";

/** What `flowc graph` was asked, as commander gives it. */
export interface GraphFlowOptions {
  readonly flow?: string;
  readonly format?: GraphFormat;
  readonly out?: string;
}

const endings: ReadonlyMap<string, GraphFormat> = new Map([
  [".svg", "svg"],
  [".json", "json"],
]);

/**
 * Draws a flow; with errors nothing is written.
 * @throws CommandFailure if the flow cannot be read, or the file not written
 */
export async function graphFlow(file: string, { flow, format, out }: GraphFlowOptions): Promise<ExitCode> {
  const text = await readFlowFile(file);
  const wanted = flow === undefined ? {} : { flow };
  const { graph: drawn, diagnostics, sources } = await graph(text, file, { ...standing(file), ...wanted });
  printDiagnostics(diagnostics, sources);
  if (drawn === undefined) return ExitCode.diagnostics;
  const asked = format ?? endings.get(extname(out ?? "").toLowerCase()) ?? "mermaid";
  const printed = await printGraph(drawn, asked);
  if (out === undefined) process.stdout.write(printed);
  else writeFile(out, printed);
  return ExitCode.ok;
}
