import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout: sources and compiled files stand at different depths below it. */
function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    if (dirname(folder) === folder) throw new Error("the bench stands in no checkout");
    folder = dirname(folder);
  }
  return folder;
}

export const root = findRoot();
/** The command line as `npm run build` makes it. */
export const program = join(root, "dist/cli/main.js");
export const weak = join(root, "flows/base/weak");
export const flowFile = join(root, "flows/musique-answerable.flow");
export const settingsFile = join(root, "flows/quickstart.yaml");
export const trainFile = join(root, "flows/data/train.jsonl.gz");
export const monitorFile = join(root, "flows/data/monitor.jsonl.gz");
/** The checkpoint for which PyTorch's figures are known; it is no part of the project. */
export const reference = process.env.FLOWC_REFERENCE ?? join(root, "../shared/reference/stories260k");
