import { extname } from "node:path";
import { type GraphFormat, graph, printGraph } from "../../compiler/index.js";
import { printDiagnostics } from "./diagnostics.js";
import { realPlace, standing } from "./disk-host.js";
import { CommandFailure, ExitCode } from "./exit.js";
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
  [".mmd", "mermaid"],
  [".mermaid", "mermaid"],
]);

/**
 * Draws a flow; with errors nothing is written.
 * @throws CommandFailure if the flow cannot be read, or the file not written
 */
export async function graphFlow(file: string, { flow, format, out }: GraphFlowOptions): Promise<ExitCode> {
  if (out !== undefined && realPlace(out) === realPlace(file)) {
    throw new CommandFailure(
      `${out} is the flow itself, which a picture does not replace; choose another --out`,
    );
  }
  const asked = format ?? (out === undefined ? "mermaid" : formatOf(out));
  const text = await readFlowFile(file);
  const wanted = flow === undefined ? {} : { flow };
  const { graph: drawn, diagnostics, sources } = await graph(text, file, { ...standing(file), ...wanted });
  printDiagnostics(diagnostics, sources);
  if (drawn === undefined) return ExitCode.diagnostics;
  const printed = await printGraph(drawn, asked);
  if (out === undefined) process.stdout.write(printed);
  else writeFile(out, printed);
  return ExitCode.ok;
}

/** @throws CommandFailure for an ending of something else, in which nobody would look for Mermaid */
function formatOf(out: string): GraphFormat {
  const found = endings.get(extname(out).toLowerCase());
  if (found !== undefined) return found;
  throw new CommandFailure(
    `${out}: the ending says no format; it may be ${[...endings.keys()].join(", ")}, or say --format`,
  );
}
