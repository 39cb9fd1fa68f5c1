import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { CreditResult } from "../../cli/support/credit-report.js";
import { jsonLines, root, run, runProgram, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { blocksOf, commandsOf } from "./markdown.js";

/** Milliseconds for its command on a machine with other work. */
const PATIENCE = 120_000;

const page = readFileSync(join(root, "docs/credit.md"), "utf8");
const drawn = readFileSync(join(root, "docs/images/credit.svg"), "utf8");
const [table] = blocksOf(page, "text") as [string];
const titles = "site headroom better worse change most points others".split(" ");

it(
  "the command on credit's page runs, and gives what the page shows",
  async () => {
    const folder = temporaryFolder();
    const commands = blocksOf(page, "sh").flatMap(commandsOf);
    expect(commands).toHaveLength(2);
    const asked = commands[0]!
      .slice(1)
      .map((word) => (word === "credit.svg" || word === "runs/credit" ? join(folder, word) : word));
    const { stdout } = succeeded(await run([...asked, "--limit", "3"]));
    const words = (text: string) => text.split("\n").map((line) => line.split(/ {2,}|; \d/)[0]!.trim());
    expect(words(stdout).slice(1).sort()).toEqual(words(table).slice(1).sort());
    expect(readFileSync(join(folder, "credit.svg"), "utf8")).toContain("over 3 questions");
    const points = readFileSync(join(folder, "runs/credit/points.jsonl"), "utf8");
    const [shown] = blocksOf(page, "json").map((text) => JSON.parse(text) as Record<string, unknown>);
    for (const point of jsonLines<Record<string, unknown>>(points))
      expect(Object.keys(point)).toEqual(Object.keys(shown!));
    // What was measured on the page is of the same questions.
    expect(jsonLines<Record<string, unknown>>(points)).toContainEqual(shown);
    const [answers] = blocksOf(page, "yaml") as [string];
    writeFileSync(join(folder, "answers.yaml"), answers);
    const mocked = commands[1]!.slice(1).map((word) => (word === "answers.yaml" ? join(folder, word) : word));
    expect(succeeded(await run(mocked)).stdout).toContain("over 10 questions");
  },
  PATIENCE,
);

it("the program on credit's page runs, and says what the page shows", async () => {
  const folder = temporaryFolder();
  const [command] = [...page.matchAll(/`(flowc compile [^`]+)`/g)].map(([, text]) =>
    text!.split(" ").slice(1),
  );
  succeeded(await run([...command!.slice(0, -1), join(folder, "build")]));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/flowc"));
  const [program] = blocksOf(page, "js") as [string];
  writeFileSync(join(folder, "use.mjs"), program);
  const { stdout } = succeeded(await runProgram(process.execPath, ["use.mjs"], { cwd: folder }));
  expect(stdout).toBe(blocksOf(page, "text")[1]);
});

it("credit's page explains every column and every figure of the JSON, and its picture shows the table's headroom", () => {
  const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  expect(explained).toEqual(titles.slice(1));
  expect(table).toMatch(new RegExp(`^${titles.join(" +")}$`, "m"));
  const names: readonly (keyof CreditResult["all"])[] = [
    "headroom",
    "better",
    "worse",
    "gain",
    "largest",
    "change",
    "points",
    "others",
    "tried",
  ];
  for (const name of names) expect(page, name).toMatch(new RegExp(`\\b${name}\\b`));
  const rows = [...table.matchAll(/^musique_answerable\/\w+#0 +(\S+ \[[^\]]+\])/gm)].map(
    ([, figure]) => figure!,
  );
  expect(rows).toHaveLength(5);
  for (const figure of rows) expect(drawn).toContain(`>headroom ${figure}<`);
});
