import { readFileSync } from "node:fs";

/** The package's version: package.json stands one folder above in the sources and two above in dist/. */
export function packageVersion(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    const text = readIfThere(new URL(up, import.meta.url));
    if (text === undefined) continue;
    const { name, version } = JSON.parse(text) as { name?: string; version?: string };
    if (name === "flowc" && version !== undefined) return version;
  }
  throw new Error("flowc's own package.json is missing");
}

function readIfThere(url: URL): string | undefined {
  try {
    return readFileSync(url, "utf8");
  } catch {
    return undefined;
  }
}
