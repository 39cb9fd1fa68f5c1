import { Command } from "commander";
import type { InitOptions } from "./support/init-project.js";

/** `flowc init [DIR]`: a project from a template. */
export function initCommand(): Command {
  return new Command("init")
    .description("make a project that works, from a template")
    .argument("[dir]", "the project's folder (default: this one, if it is empty)")
    .option(
      "--template <name>",
      "what to make (default: question-answering, or what you choose on a terminal)",
    )
    .option("--name <name>", "what package.json calls it (default: the folder's name)")
    .option("--force", "overwrite files that are there already")
    .option("--list", "say which templates there are, and make nothing")
    .addHelpText(
      "after",
      `
Without --force no file is ever overwritten: if one is there, nothing at all is written. It asks nothing where standard
input is no terminal, or a template is named.

Examples:
  flowc init answers
  flowc init --template router support-desk
  flowc init --template blank --name notes --force .
  flowc init --list

Exit code: 0 if the project is there, 1 if a file is in the way or cannot be written, 2 if there is no such template.`,
    )
    .action(async (folder: string | undefined, options: InitOptions) => {
      const { initProject } = await import("./support/init-project.js");
      await initProject(folder, options);
    });
}
