import type { FlowModule } from "../../runtime/machine/index.js";
import { loadFlow } from "../load-flow.js";
import { printDiagnostics } from "./diagnostics.js";
import { CommandFailure, ExitCode } from "./exit.js";
import type { RunFiles } from "./extern-modules.js";

/** What commands that run a flow were asked of it. */
export interface OpenFlowOptions {
  readonly flow?: string | undefined;
  readonly allowExtern?: boolean | readonly string[] | undefined;
  /** Is told of the files whose code is run for it. */
  readonly ran?: RunFiles | undefined;
}

/**
 * Compiles and loads a flow; its diagnostics go to standard error.
 *
 * @param options.flow which one, where the file has several; the last one by default
 * @param options.allowExtern whether the code of its extern modules, or of those named, may be run
 * @throws CommandFailure if it has errors or cannot be read
 */
export async function openFlow(
  path: string,
  { flow, allowExtern = false, ran }: OpenFlowOptions = {},
): Promise<FlowModule> {
  const options = flow === undefined ? { allowExtern, ran } : { flow, allowExtern, ran };
  const { module, sources, diagnostics } = await loadFlow(path, options);
  printDiagnostics(diagnostics, sources);
  if (module === undefined) throw new CommandFailure(`${path} does not compile`, ExitCode.diagnostics);
  return module;
}
