import { existsSync } from "node:fs";

/**
 * A file or folder that comes with flowc, by its path from the package's root, or nothing if it is not there: the root
 * stands two folders above in the sources and three above in dist/.
 */
export function packageFile(path: string): URL | undefined {
  return ["../..", "../../.."]
    .map((up) => new URL(`${up}/${path}`, import.meta.url))
    .find((found) => existsSync(found));
}
