import { existsSync } from "node:fs";

/** The file of a page under docs/, or nothing if there is none: docs/ stands two folders above in the sources and three above in dist/. */
export function docsPage(path: string): URL | undefined {
  return ["../../docs", "../../../docs"]
    .map((up) => new URL(`${up}/${path}`, import.meta.url))
    .find((page) => existsSync(page));
}
