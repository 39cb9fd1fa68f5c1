import { Ajv } from "ajv";
import type { FlowModule } from "../../runtime/machine/index.js";
import type { Task } from "../../runtime/search/index.js";
import { loadFlow } from "../load-flow.js";
import { printDiagnostics } from "./diagnostics.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** What commands that run a flow were asked of it. */
export interface OpenFlowOptions {
  readonly flow?: string | undefined;
  readonly allowExtern?: boolean | readonly string[] | undefined;
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
  { flow, allowExtern = false }: OpenFlowOptions = {},
): Promise<FlowModule> {
  const options = flow === undefined ? { allowExtern } : { flow, allowExtern };
  const { module, sources, diagnostics } = await loadFlow(path, options);
  printDiagnostics(diagnostics, sources);
  if (module === undefined) throw new CommandFailure(`${path} does not compile`, ExitCode.diagnostics);
  return module;
}

/**
 * Makes sure that a flow takes what a data file gives.
 *
 * @throws CommandFailure naming the first task whose input does not fit the flow's parameters
 */
export function checkInputs(flow: FlowModule, tasks: readonly Task[]): void {
  const ajv = new Ajv({ strict: false });
  const validate = ajv.compile(flow.input as object);
  for (const { id, input } of tasks) {
    if (validate(input)) continue;
    const why = ajv.errorsText(validate.errors, { dataVar: "input" });
    throw new CommandFailure(
      `the flow ${flow.flow} does not take the question ${id}: ${why}`,
      ExitCode.diagnostics,
    );
  }
}
