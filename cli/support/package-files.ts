import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { packageVersion } from "./version.js";

/**
 * A file or folder that comes with flowc, by its path from the package's root, or nothing if it is not there: the root
 * stands two folders above in the sources and three above in dist/.
 */
export function packageFile(path: string): URL | undefined {
  return ["../..", "../../.."]
    .map((up) => new URL(`${up}/${path}`, import.meta.url))
    .find((found) => existsSync(found));
}

/**
 * What another project's package.json says to depend on this flowc: the folder of a checkout, or the version of a package
 * that npm installed.
 */
export function packageSpecifier(): string {
  const file = packageFile("package.json");
  if (file === undefined) throw new Error("flowc's own package.json is missing");
  const folder = dirname(fileURLToPath(file)).replaceAll("\\", "/");
  return folder.split("/").includes("node_modules") ? `^${packageVersion()}` : `file:${folder}`;
}
