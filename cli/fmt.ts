import { Command } from "commander";

/** `flowc fmt FILES...`: the files as everybody writes them. */
export function fmtCommand(): Command {
  return new Command("fmt")
    .description("lay .flow files out as everybody does")
    .argument("<files...>", "the .flow files, or - for standard input")
    .option("--check", "write nothing, and name the files that are laid out otherwise")
    .addHelpText(
      "after",
      `
Files are changed in place; what comes from standard input goes to standard output. Comments, prompts and line breaks
inside of expressions stay as they are. A file with syntax errors is not touched.

Examples:
  flowc fmt flows/*.flow
  flowc fmt --check flows/*.flow
  flowc fmt - < draft.flow

Exit code: 0 if all is well, 1 if a file has syntax errors, is not UTF-8, or --check finds one to change, 2 if one
cannot be read.`,
    )
    .action(async (files: string[], options: { check?: boolean }) => {
      const { formatFiles } = await import("./support/format-files.js");
      process.exitCode = await formatFiles(files, { check: options.check === true });
    });
}
