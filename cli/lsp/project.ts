import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../compiler/index.js";
import type { DocumentsHost } from "./documents-host.js";

/** A project with more .flow files, or more files and folders, is not searched to its end. */
const MOST_FLOWS = 500;
const MOST_ENTRIES = 20_000;

/** The .flow files of a project. */
export interface FoundFlows {
  readonly paths: readonly string[];
  /** False if there may be more. */
  readonly isAll: boolean;
}

/** Finds the .flow files of the project that a file belongs to; hidden folders, links and packages are passed over. */
export function flowsAround(path: string, host: DocumentsHost): FoundFlows {
  const paths: string[] = [];
  const folders = [projectRoot(host, path)];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(folder)) {
      if (++entries > MOST_ENTRIES || paths.length >= MOST_FLOWS) return { paths, isAll: false };
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      if (entry.isDirectory()) folders.push(join(folder, entry.name));
      else if (entry.isFile() && entry.name.endsWith(".flow")) paths.push(join(folder, entry.name));
    }
  }
  return { paths, isAll: true };
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
