import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { compileFunction } from "node:vm";
import {
  type CompileOptions,
  compileScript,
  type Diagnostic,
  format,
  type Sources,
} from "../compiler/index.js";
import * as machine from "../runtime/machine/index.js";
import { standing } from "./support/disk-host.js";
import { CommandFailure, ExitCode } from "./support/exit.js";
import type { RunFiles } from "./support/extern-modules.js";
import { readFlowFile } from "./support/read-flow.js";

export type LoadedFlow =
  | {
      readonly module: machine.FlowModule;
      readonly sources: Sources;
      /** Warnings. */
      readonly diagnostics: readonly Diagnostic[];
    }
  | {
      readonly module?: undefined;
      readonly sources: Sources;
      /** At least one is an error. */
      readonly diagnostics: readonly Diagnostic[];
    };

export interface LoadOptions extends Pick<CompileOptions, "flow"> {
  /** Whether the code of these modules, or (`true`) of all that the flow names, may be run. */
  readonly allowExtern?: boolean | readonly string[];
  /** Is told of the files whose code is run for it. */
  readonly ran?: RunFiles | undefined;
}

/**
 * Compiles a .flow file in memory and loads the machine; nothing is written.
 * @throws CommandFailure if the file cannot be read, or runs code that is not allowed
 */
export async function loadFlow(path: string, options: LoadOptions = {}): Promise<LoadedFlow> {
  return await loadFlowText(await readFlowFile(path), path, options);
}

/** Like `loadFlow`, with the text at hand; `file` is what it is called in messages. */
export async function loadFlowText(
  text: string,
  file: string,
  { allowExtern = false, ran, ...options }: LoadOptions = {},
): Promise<LoadedFlow> {
  const { place, folder } = standing(file);
  const sourcePath = pathToFileURL(resolve(file)).href;
  const compiled = await compileScript(text, file, { ...options, sourcePath, place, folder });
  const { script, sources, diagnostics, hash, modules = [] } = compiled;
  if (script === undefined) return { sources, diagnostics };
  refuseCode(file, modules, allowExtern);
  const module = run(script, `${resolve(file)}.js`, await externs(folder, modules, ran));
  if (module.format !== format || module.source !== hash) {
    throw new Error(`the machine that was just compiled from ${file} is not the one that was loaded`);
  }
  return { module, sources, diagnostics };
}

/**
 * A flow is text, and may come from anywhere: code beside it runs only if the user has said so.
 * @throws CommandFailure if a module is not allowed
 */
export function refuseCode(
  file: string,
  modules: readonly string[],
  allowed: boolean | readonly string[],
): void {
  if (allowed === true) return;
  const refused = modules.filter((each) => allowed === false || !allowed.includes(each));
  if (refused.length === 0) return;
  // Only where there are settings there is a list.
  const listing = allowed === false ? "" : ", or list it under allow_extern in the settings";
  throw new CommandFailure(
    `${file} runs the code of ${refused.join(", ")}: say --allow-extern if you trust it${listing}`,
    ExitCode.diagnostics,
  );
}

type Modules = ReadonlyMap<string, object>;

async function externs(
  folder: string,
  modules: readonly string[],
  ran: RunFiles | undefined,
): Promise<Modules> {
  if (modules.length === 0) return new Map();
  const { ExternModules } = await import("./support/extern-modules.js");
  const loader = new ExternModules(ran);
  return new Map(modules.map((path) => [path, loader.load(folder, path)]));
}

/** The script is the compiler's own; all it can reach is the machine's support functions and the flow's modules. */
function run(script: string, filename: string, modules: Modules): machine.FlowModule {
  const exports: { default?: machine.FlowModule } = {};
  const require = (name: string) => {
    const found = name === "flowc/machine" ? machine : modules.get(name);
    if (found === undefined) throw new Error(`a compiled flow wants ${JSON.stringify(name)}`);
    return found;
  };
  compileFunction(script, ["exports", "require"], { filename })(exports, require);
  if (exports.default === undefined) throw new Error("a compiled flow has no default export");
  return exports.default;
}
