import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { decodeUtf8 } from "../../compiler/files/utf8.js";
import type { CompileOptions, FileHost } from "../../compiler/index.js";

/** The files of this machine. */
export const diskHost: FileHost = {
  realPath(path) {
    try {
      return realpathSync.native(path);
    } catch {
      return undefined;
    }
  },
  read(path, limit) {
    try {
      const stats = statSync(path);
      if (stats.isDirectory()) return { why: "this is a folder, a .flow file is needed" };
      // A pipe or a device may never end.
      if (!stats.isFile()) return { why: "this is no ordinary file" };
      if (stats.size > limit) return { why: `it is larger than ${limit} bytes` };
      return decodeUtf8(readFileSync(path));
    } catch (error) {
      return { why: (error as NodeJS.ErrnoException).code ?? String(error) };
    }
  },
};

/** The real path of a file or folder that need not be there yet. */
export function realPlace(path: string): string {
  const real = diskHost.realPath(path);
  if (real !== undefined || dirname(path) === path) return real ?? path;
  return join(realPlace(dirname(resolve(path))), basename(path));
}

/** How the compiler finds what a file on this machine names: other flows, and modules beside it. */
export function standing(
  file: string,
  host: FileHost = diskHost,
): Required<Pick<CompileOptions, "place" | "folder">> {
  return { place: { host, path: file }, folder: dirname(host.realPath(file) ?? resolve(file)) };
}
