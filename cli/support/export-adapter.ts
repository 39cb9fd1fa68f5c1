import { existsSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { readAdapter } from "../../runtime/policy/adapter/peft.js";
import { readConfig } from "../../runtime/policy/checkpoint.js";
import { ggufAdapter } from "../../runtime/policy/gguf/adapter.js";
import { digestWeights, writeFileAtomically } from "../../runtime/policy/weights/index.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { showBytes } from "./sizes.js";
import { jsonText, printable } from "./terminal.js";
import { checkFolder, notWritten } from "./write-files.js";

export interface ExportOptions {
  readonly model: string;
  readonly adapter: string;
  readonly out: string;
  readonly format: "gguf";
  readonly dtype: "float32" | "float16";
  readonly json?: boolean;
}

/**
 * Exports and says what was written.
 * @throws CommandFailure or PolicyError for what the user can mend
 */
export function exportAdapter({ model, adapter: folder, out, format, dtype, json }: ExportOptions): void {
  if (existsSync(out))
    throw new CommandFailure(`${out} is there already and is not overwritten`, ExitCode.diagnostics);
  checkFolder(dirname(resolve(out)));
  const config = readConfig(model);
  const adapter = readAdapter(folder, config, () => digestWeights(model));
  try {
    const name = basename(resolve(folder));
    writeFileAtomically(out, ggufAdapter(adapter, config, name, dtype === "float32" ? "F32" : "F16"));
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? notWritten(out, error) : error;
  }
  const summary = { out, format, adapted: adapter.modules.size, bytes: statSync(out).size };
  process.stdout.write(
    json === true
      ? `${jsonText(summary)}\n`
      : `${printable(out)}: ${format} adapter of ${summary.adapted} layers, ${showBytes(summary.bytes)}\n`,
  );
}
