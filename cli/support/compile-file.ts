import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import {
  type CompileStats,
  compile,
  compileStats,
  type EmittedFile,
  type FileHost,
} from "../../compiler/index.js";
import { readFlowFile } from "../load-flow.js";
import { printDiagnostics } from "./diagnostics.js";
import { diskHost, standing } from "./disk-host.js";
import { ExitCode } from "./exit.js";
import { deleteStale, manifestFile, readManifest, refuseForeign, withoutGone } from "./manifest.js";
import { writeFiles } from "./write-files.js";

export interface CompileFileOptions {
  readonly out?: string;
  readonly flow?: string;
  readonly check?: boolean;
  readonly stats?: boolean;
}

/**
 * Compiles one file and writes what is emitted; with errors nothing is written, and with `check` nothing ever is.
 * @throws CommandFailure if the file cannot be read or the folder cannot be written
 */
export async function compileFile(
  file: string,
  { out, flow, check, stats }: CompileFileOptions,
  host: FileHost = diskHost,
): Promise<ExitCode> {
  const folder = out ?? dirname(file);
  const text = await readFlowFile(file);
  const sourcePath = relative(resolve(folder), resolve(file)).replaceAll("\\", "/");
  const wanted = flow === undefined ? {} : { flow };
  const { files, diagnostics, sources } = await compile(text, file, {
    sourcePath,
    ...standing(file, host),
    ...wanted,
  });
  printDiagnostics(diagnostics, sources);
  if (files === undefined) return ExitCode.diagnostics;
  if (stats === true) {
    const measured = await compileStats(text, file, { ...standing(file, host), ...wanted });
    if (measured !== undefined) process.stderr.write(showStats(measured, files));
  }
  if (check === true) return checkCurrent(folder, files);
  write(folder, sourcePath, files);
  return ExitCode.ok;
}

function write(folder: string, sourcePath: string, files: readonly EmittedFile[]): void {
  const before = readManifest(folder);
  refuseForeign(folder, before, files);
  const kept = withoutGone(folder, before);
  writeFiles(folder, [...files, manifestFile(kept, sourcePath, files)]);
  for (const name of deleteStale(folder, before, readManifest(folder))) {
    process.stderr.write(
      `${join(folder, name)} is no longer written, but was changed: delete it if it is not needed\n`,
    );
  }
  const names = files.map((each) => each.name).join(", ");
  process.stderr.write(`${files.length} files written to ${folder}: ${names}\n`);
}

/** For CI: names what is stale or missing. */
function checkCurrent(folder: string, files: readonly EmittedFile[]): ExitCode {
  let code: ExitCode = ExitCode.ok;
  for (const { name, text } of files) {
    const path = join(folder, name);
    const problem = !existsSync(path) ? "missing" : readFileSync(path, "utf8") !== text ? "stale" : undefined;
    if (problem === undefined) continue;
    process.stdout.write(`${path} is ${problem}\n`);
    code = ExitCode.diagnostics;
  }
  return code;
}

function showStats(stats: CompileStats, files: readonly EmittedFile[]): string {
  const { lines, states, sites, milliseconds } = stats;
  const bytes = files.map(({ name, text }) => `${name} ${Buffer.byteLength(text)} bytes`).join(", ");
  const phases = Object.entries(milliseconds).map(([phase, ms]) => `${phase} ${ms.toFixed(1)} ms`);
  return `${lines} lines, ${states} states, ${sites} choice sites\n${phases.join(", ")}\n${bytes}\n`;
}
