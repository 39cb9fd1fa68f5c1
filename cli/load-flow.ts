import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { compileFunction } from "node:vm";
import {
  type CompileOptions,
  compileScript,
  type Diagnostic,
  format,
  type SourceText,
} from "../compiler/index.js";
import * as machine from "../runtime/machine/index.js";
import { CommandFailure } from "./support/exit.js";

export type LoadedFlow =
  | {
      readonly module: machine.FlowModule;
      readonly source: SourceText;
      /** Warnings. */
      readonly diagnostics: readonly Diagnostic[];
    }
  | {
      readonly module?: undefined;
      readonly source: SourceText;
      /** At least one is an error. */
      readonly diagnostics: readonly Diagnostic[];
    };

/**
 * Compiles a .flow file in memory and loads the machine; nothing is written.
 * @throws CommandFailure if the file cannot be read
 */
export async function loadFlow(
  path: string,
  options: Pick<CompileOptions, "flow"> = {},
): Promise<LoadedFlow> {
  return await loadFlowText(await readFlowFile(path), path, options);
}

/** Like `loadFlow`, with the text at hand; `file` is what it is called in messages. */
export async function loadFlowText(
  text: string,
  file: string,
  options: Pick<CompileOptions, "flow"> = {},
): Promise<LoadedFlow> {
  const sourcePath = pathToFileURL(resolve(file)).href;
  const { script, source, diagnostics } = await compileScript(text, file, { ...options, sourcePath });
  if (script === undefined) return { source, diagnostics };
  const module = run(script, `${resolve(file)}.js`);
  if (module.format !== format || module.source !== createHash("sha256").update(text).digest("hex")) {
    throw new Error(`the machine that was just compiled from ${file} is not the one that was loaded`);
  }
  return { module, source, diagnostics };
}

/** @throws CommandFailure if there is no such file, or it cannot be read */
export async function readFlowFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new CommandFailure(`${path}: there is no such file`);
    if (code === "EISDIR") throw new CommandFailure(`${path}: this is a folder, a .flow file is needed`);
    throw new CommandFailure(`${path}: cannot be read (${code ?? String(error)})`);
  }
}

/** The script is the compiler's own; all it can reach is the machine's support functions. */
function run(script: string, filename: string): machine.FlowModule {
  const exports: { default?: machine.FlowModule } = {};
  const require = (name: string) => {
    if (name !== "flowc/machine") throw new Error(`a compiled flow wants ${JSON.stringify(name)}`);
    return machine;
  };
  compileFunction(script, ["exports", "require"], { filename })(exports, require);
  if (exports.default === undefined) throw new Error("a compiled flow has no default export");
  return exports.default;
}
