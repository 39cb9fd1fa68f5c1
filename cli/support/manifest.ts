import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { realPlace } from "./disk-host.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** A file as it was, or is to be, written. */
export interface WrittenFile {
  readonly name: string;
  readonly text: string;
}

/** What `flowc compile` wrote into a folder: for each .flow file (its path from the folder), hashes by file name. */
export type Manifest = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Beside the emitted files. */
const MANIFEST = "flowc-manifest.json";

/** A name that the compiler may have written: a bare file name, so that nothing outside the folder is ever touched. */
const NAME = /^[^/\\]+\.(?:ts|js|map)$/;

/**
 * Reads a folder's manifest; none is an empty one.
 * @throws CommandFailure if it is no manifest
 */
export function readManifest(folder: string): Manifest {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) return new Map();
  const fail = (problem: string): never => {
    throw new CommandFailure(
      `${path}: ${problem}; delete it and compile again with --force`,
      ExitCode.diagnostics,
    );
  };
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return fail("this is no JSON");
  }
  const { flows } = (json ?? {}) as { flows?: unknown };
  if (typeof flows !== "object" || flows === null) return fail("this is no manifest of flowc");
  return new Map(
    Object.entries(flows).map(([source, files]) => {
      if (typeof files !== "object" || files === null) return fail(`${source} has no files`);
      const entries = Object.entries(files as Record<string, unknown>);
      for (const [name, hash] of entries) {
        if (!NAME.test(name) || typeof hash !== "string")
          fail(`${JSON.stringify(name)} is no file of flowc's`);
      }
      return [source, new Map(entries as [string, string][])];
    }),
  );
}

/** The manifest with what is now written for one source, as a file. */
export function manifestFile(manifest: Manifest, source: string, files: readonly WrittenFile[]): WrittenFile {
  const flows = new Map(manifest).set(source, new Map(files.map(({ name, text }) => [name, hashOf(text)])));
  const sorted = [...flows].sort(([a], [b]) => (a < b ? -1 : 1));
  const json = {
    flows: Object.fromEntries(sorted.map(([name, hashes]) => [name, Object.fromEntries(hashes)])),
  };
  return { name: MANIFEST, text: `${JSON.stringify(json, null, 2)}\n` };
}

/** The manifest without sources that are gone. */
export function withoutGone(folder: string, manifest: Manifest): Manifest {
  const real = realPlace(folder);
  return new Map([...manifest].filter(([source]) => existsSync(resolve(real, source))));
}

/**
 * Makes sure that nothing is overwritten but what flowc wrote, as it wrote it: somebody's text is not to be had again.
 * @throws CommandFailure naming all files of which that is not known
 */
export function refuseForeign(folder: string, manifest: Manifest, files: readonly WrittenFile[]): void {
  const problems = files.flatMap(({ name, text }) => {
    const path = join(folder, name);
    const found = standingFile(path);
    if (found === undefined || found === text) return [];
    const hashes = [...manifest.values()].flatMap((names) => names.get(name) ?? []);
    if (hashes.includes(hashOf(found))) return [];
    return [`  ${path} ${hashes.length > 0 ? "was changed since flowc wrote it" : unlisted(found)}`];
  });
  if (problems.length === 0) return;
  throw new CommandFailure(
    `nothing is overwritten that flowc did not write; move it, choose another --out, or say --force\n${problems.join("\n")}`,
    ExitCode.diagnostics,
  );
}

/** The manifest may be gone, or have been left out where files were copied. */
function unlisted(found: string): string {
  return found.startsWith("// Written by flowc")
    ? `is not listed in ${MANIFEST}, so it may have been changed since flowc wrote it`
    : "was not written by flowc";
}

/**
 * Deletes files that were written earlier and would not be now, unless somebody changed them since.
 * @returns the names of those that were kept for that reason
 */
export function deleteStale(folder: string, before: Manifest, after: Manifest): string[] {
  const current = new Set([...after.values()].flatMap((hashes) => [...hashes.keys()]));
  const kept: string[] = [];
  for (const [name, hash] of [...before.values()].flatMap((hashes) => [...hashes])) {
    const path = join(folder, name);
    const found = current.has(name) ? undefined : standingFile(path);
    if (found === undefined) continue;
    // If it is a link, the link.
    if (hashOf(found) === hash) rmSync(path);
    else kept.push(name);
  }
  return kept;
}

/**
 * What stands where an emitted file is to be; nothing if nothing does.
 * @throws CommandFailure if it is a folder or cannot be read
 */
export function standingFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const why = code === "EISDIR" ? "this is a folder" : `cannot be read (${code ?? String(error)})`;
    throw new CommandFailure(`${path}: ${why}, and an emitted file is to be here`, ExitCode.diagnostics);
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
