import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, run, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { blocksOf, commandsOf } from "./markdown.js";

/** Milliseconds for all of its commands. */
const PATIENCE = 240_000;

it(
  "the tutorial's files and commands do what it says",
  async () => {
    const page = readFileSync(join(root, "docs/tutorial.md"), "utf8");
    const folder = temporaryFolder();
    symlinkSync(join(root, "flows"), join(folder, "flows"));
    const [flow] = blocksOf(page, "flow");
    const [settings] = blocksOf(page, "yaml");
    writeFileSync(join(folder, "two-documents.flow"), flow!);
    writeFileSync(join(folder, "settings.yaml"), settings!);

    const commands = blocksOf(page, "sh").flatMap(commandsOf);
    expect(commands.map(([program, verb]) => `${program} ${verb}`)).toEqual([
      "flowc check",
      "flowc compile",
      "flowc eval",
      "flowc train",
      "flowc eval",
    ]);
    const said: string[] = [];
    for (const [, ...args] of commands) said.push(succeeded(await run(args, { cwd: folder })).stdout);
    expect(said.at(-1)).toMatch(/^answer_f1 .* gain [+-]\d\.\d{3} \[/m);
    for (const agent of ["relevant", "tell"]) {
      readFileSync(join(folder, "runs/first/adapters", agent, "adapter_config.json"));
    }
  },
  PATIENCE,
);
