import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
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
      return { text: readFileSync(path, "utf8") };
    } catch (error) {
      return { why: (error as NodeJS.ErrnoException).code ?? String(error) };
    }
  },
};

/** How the compiler finds what a file on this machine names: other flows, and modules beside it. */
export function standing(
  file: string,
  host: FileHost = diskHost,
): Required<Pick<CompileOptions, "place" | "folder">> {
  return { place: { host, path: file }, folder: dirname(host.realPath(file) ?? resolve(file)) };
}
