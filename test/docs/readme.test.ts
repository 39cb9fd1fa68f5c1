import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { root } from "../cli/support.js";
import { blocksOf, commandsOf } from "./markdown.js";

/** Every verb has a file of its own in `cli/`, which exports how its command is made. */
const verbs = new Map<string, Command>();
for (const file of readdirSync(join(root, "cli"))) {
  if (!file.endsWith(".ts") || file === "main.ts") continue;
  const exported = await import(join(root, "cli", file));
  for (const [name, make] of Object.entries(exported as Record<string, () => Command>)) {
    if (!name.endsWith("Command")) continue;
    const command = make();
    verbs.set(command.name(), command);
  }
}

const pages = [
  "README.md",
  "flows/archive/README.md",
  "flows/data/README.md",
  "flows/base/README.md",
  "flows/base/weak/README.md",
  ...readdirSync(join(root, "cli/templates")).map((name) => join("cli/templates", name, "README.md")),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
].filter((page) => existsSync(join(root, page)));

/** Every `flowc …` that a page shows: in shell blocks, and between backticks. */
function shown(page: string): readonly (readonly string[])[] {
  const prose = page.replace(/^```[\s\S]*?^```$/gm, "");
  const inline = [...prose.matchAll(/`(flowc [^`]+)`/g)].map(([, text]) => text!.replace(/\s+/g, " "));
  return [...blocksOf(page, "sh"), ...inline]
    .flatMap(commandsOf)
    .map((words) => words.slice(words.indexOf("flowc")))
    .filter(([program]) => program === "flowc");
}

describe.each(pages)("%s", (page) => {
  const text = readFileSync(join(root, page), "utf8");

  it("shows commands that exist", () => {
    for (const [, verb, ...words] of shown(text)) {
      if (verb === undefined || verb === "--help") continue;
      const command = verbs.get(verb);
      expect(command, `flowc ${verb}`).toBeDefined();
      const known = ["--help", ...command!.options.map(({ long }) => long)];
      const options = words
        .map((word) => word.replace(/[[\]…,.]/g, ""))
        .filter((word) => word.startsWith("--"));
      for (const option of options) expect(known, `flowc ${verb}`).toContain(option);
    }
  });

  it("links to files that exist", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const files = links.filter((link) => !/^(?:https?:|#)/.test(link)).map((link) => link.split("#")[0]!);
    const missing = files.filter((file) => !existsSync(join(root, dirname(page), file)));
    expect(missing.map((file) => relative(root, join(root, dirname(page), file)))).toEqual([]);
  });
});
