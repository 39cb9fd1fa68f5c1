import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folders of .flow files, searched to any depth. */
const folders = ["flows", "test/golden", "test/conformance", "test/fixtures/machines", "test/fuzz/found"];

/**
 * Every flow of the repository, right or wrong, and every snippet of its documentation, in a fixed order.
 * @param root the checkout
 */
export function readCorpus(root: string): readonly string[] {
  const texts = [
    ...folders.flatMap((folder) => filesBelow(join(root, folder), ".flow")).map(read),
    ...filesBelow(join(root, "docs"), ".md").flatMap((path) => snippets(read(path))),
  ];
  return [...new Set(texts)].filter((text) => text.length < 20_000);
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}

function snippets(markdown: string): string[] {
  return [...markdown.matchAll(/```flow\n([\s\S]*?)```/g)].map(([, text]) => text!);
}
