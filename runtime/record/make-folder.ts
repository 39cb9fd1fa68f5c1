import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Makes a folder, and those above it that are missing. Node's own `recursive` never ends where the system lets nothing
 * be made in a folder that is there, as under /proc.
 *
 * @returns whether the folder was not there yet
 * @throws what `node:fs` throws
 */
export function makeFolder(at: string): boolean {
  if (isFolder(at)) return false;
  if (!fs.existsSync(path.dirname(at))) makeFolder(path.dirname(at));
  try {
    fs.mkdirSync(at);
    return true;
  } catch (error) {
    // Another process may have been faster.
    if (isFolder(at)) return false;
    throw error;
  }
}

function isFolder(at: string): boolean {
  return fs.existsSync(at) && fs.statSync(at).isDirectory();
}
