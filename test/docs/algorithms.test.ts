import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, run, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { blocksOf, commandsOf } from "./markdown.js";

/** Milliseconds for its commands on a machine with other work. */
const PATIENCE = 120_000;

const page = readFileSync(join(root, "docs/algorithms.md"), "utf8");

it(
  "the page's commands record episodes and learn from them, with a few for many",
  async () => {
    const folder = temporaryFolder();
    const [block] = blocksOf(page, "sh").filter((text) => text.includes("--logged"));
    const [record, train, ...more] = commandsOf(block!);
    expect(more).toEqual([]);
    const placed = (words: readonly string[]) =>
      words
        .slice(1)
        .map((word) => (/^drawn\.jsonl$|^runs\//.test(word) ? join(folder, word.replace("/", "-")) : word));
    succeeded(await run([...placed(record!), "--limit", "3"]));
    const { stderr } = succeeded(await run([...placed(train!), "--episodes", "3"]));
    expect(stderr).toContain("the run is complete: 3 episodes");
  },
  PATIENCE,
);
