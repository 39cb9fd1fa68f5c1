import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { musique, root, run, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { blocksOf, commandsOf } from "./markdown.js";

/** Milliseconds for its commands on a machine with other work. */
const PATIENCE = 120_000;

const page = readFileSync(join(root, "docs/replay.md"), "utf8");
const [agreeing, edited] = blocksOf(page, "text") as [string, string];

it(
  "the commands on replay's page run, and give what the page shows",
  async () => {
    const file = join(temporaryFolder(), "episodes.jsonl");
    const [record, replay, ...more] = blocksOf(page, "sh").flatMap(commandsOf);
    expect(more).toEqual([]);
    const placed = (words: readonly string[]) =>
      words.slice(1).map((word) => (word === "episodes.jsonl" ? file : word));
    succeeded(await run([...placed(record!), "--limit", "3"]));
    const shown = (text: string) => text.replaceAll("episodes.jsonl", file);
    const { stdout } = succeeded(await run(placed(replay!)));
    expect(stdout).toBe(`${shown(agreeing)}3 episodes: all agree\n`);

    const other = join(temporaryFolder(), "other.flow");
    writeFileSync(
      other,
      readFileSync(musique, "utf8").replace("as brief as possible", "as short as possible"),
    );
    const parted = await run(["replay", other, file, "--edited"]);
    expect(parted.code).toBe(1);
    expect(parted.stdout.startsWith(shown(edited))).toBe(true);

    const [log] = blocksOf(page, "json").map((text) => JSON.parse(text) as Record<string, unknown>);
    const [line] = readFileSync(file, "utf8").split("\n");
    const written = JSON.parse(line!) as Record<string, unknown> & { steps: readonly object[] };
    expect(Object.keys(written)).toEqual(Object.keys(log!));
    expect(Object.keys(written.steps[0]!)).toEqual(Object.keys((log!.steps as readonly object[])[0]!));
    expect(written.source).toBe(log!.source);
  },
  PATIENCE,
);
