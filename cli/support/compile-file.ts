import { basename, dirname, join, relative } from "node:path";
import { type CompileStats, compile, compileStats, type EmittedFile } from "../../compiler/index.js";
import { printDiagnostics } from "./diagnostics.js";
import { diskHost, realPlace, standing } from "./disk-host.js";
import { ExitCode } from "./exit.js";
import {
  deleteStale,
  manifestFile,
  readManifest,
  refuseForeign,
  standingFile,
  withoutGone,
} from "./manifest.js";
import { readFlowFile } from "./read-flow.js";
import { printable, tell } from "./terminal.js";
import type { WatchedHost } from "./watch-file.js";
import { writeFiles } from "./write-files.js";

export interface CompileFileOptions {
  readonly out?: string;
  readonly flow?: string;
  readonly check?: boolean;
  readonly stats?: boolean;
  /** Whether files that stand there are overwritten, whoever wrote or changed them. */
  readonly force?: boolean;
}

/**
 * Compiles one file and writes what is emitted; with errors nothing is written, and with `check` nothing ever is.
 * @param watched is told of the files that count
 * @throws CommandFailure if the file cannot be read or the folder cannot be written
 */
export async function compileFile(
  file: string,
  { out, flow, check, stats, force = false }: CompileFileOptions,
  watched?: WatchedHost,
): Promise<ExitCode> {
  const host = watched ?? diskHost;
  const folder = out ?? dirname(file);
  const text = await readFlowFile(file);
  // Of the real folder and file: what is emitted imports modules, and is looked for by source maps, from where it is.
  const sourcePath = pathBetween(realPlace(folder), realPlace(file));
  const wanted = flow === undefined ? {} : { flow };
  const {
    files,
    diagnostics,
    sources,
    modules = [],
  } = await compile(text, file, {
    sourcePath,
    ...standing(file, host),
    ...wanted,
  });
  watched?.add(modules);
  printDiagnostics(diagnostics, sources);
  if (files === undefined) return ExitCode.diagnostics;
  if (stats === true) {
    const measured = await compileStats(text, file, { ...standing(file, host), ...wanted });
    if (measured !== undefined) tell(showStats(measured, files));
  }
  if (check === true) return checkCurrent(folder, files);
  write(folder, file, files, force);
  return ExitCode.ok;
}

function write(folder: string, file: string, files: readonly EmittedFile[], force: boolean): void {
  // By its own name if it is a link: several may lead to one file, and each has files of its own.
  const source = pathBetween(realPlace(folder), join(realPlace(dirname(file)), basename(file)));
  const before = readManifest(folder);
  if (!force) refuseForeign(folder, before, files);
  const kept = withoutGone(folder, before);
  writeFiles(folder, [...files, manifestFile(kept, source, files)]);
  for (const name of deleteStale(folder, before, readManifest(folder))) {
    tell(
      printable(`${join(folder, name)} is no longer written, but was changed: delete it if it is not needed`),
    );
  }
  const names = files.map((each) => each.name).join(", ");
  tell(printable(`${files.length} files written to ${folder}: ${names}`));
}

function pathBetween(folder: string, file: string): string {
  return relative(folder, file).replaceAll("\\", "/");
}

/** For CI: names what is stale or missing. */
function checkCurrent(folder: string, files: readonly EmittedFile[]): ExitCode {
  let code: ExitCode = ExitCode.ok;
  for (const { name, text } of files) {
    const path = join(folder, name);
    const found = standingFile(path);
    if (found === text) continue;
    process.stdout.write(`${printable(path)} is ${found === undefined ? "missing" : "stale"}\n`);
    code = ExitCode.diagnostics;
  }
  return code;
}

function showStats(stats: CompileStats, files: readonly EmittedFile[]): string {
  const { lines, states, sites, milliseconds } = stats;
  const bytes = files.map(({ name, text }) => `${name} ${Buffer.byteLength(text)} bytes`).join(", ");
  const phases = Object.entries(milliseconds).map(([phase, ms]) => `${phase} ${ms.toFixed(1)} ms`);
  return `${lines} lines, ${states} states, ${sites} choice sites\n${phases.join(", ")}\n${bytes}`;
}
