import { Command } from "commander";
import type { CheckOptions } from "./support/check-files.js";
import { parseCount } from "./support/numbers.js";

/** `flowc check FILES...`: what is wrong with these files, and nothing written. */
export function checkCommand(): Command {
  return new Command("check")
    .description("report what is wrong with .flow files")
    .argument("<files...>", "the .flow files to check, or - for standard input")
    .option("--json", "print the diagnostics as one JSON array on standard output")
    .option("--max-warnings <n>", "fail if there are more warnings than that; 0 allows none", parseCount)
    .addHelpText(
      "after",
      `
What standard input imports is looked for from the current folder.

Examples:
  flowc check flows/musique-answerable.flow
  flowc check --json flows/*.flow
  flowc check --max-warnings 0 flows/*.flow
  flowc check - < draft.flow

Exit code: 0 if no file has errors (warnings are fine, up to --max-warnings), 1 if one has or is not UTF-8, 2 if one cannot
be read. Whatever is wrong with one file, the others are checked.`,
    )
    .action(async (files: string[], options: CheckOptions) => {
      const { checkFiles } = await import("./support/check-files.js");
      process.exitCode = await checkFiles(files, options);
    });
}
