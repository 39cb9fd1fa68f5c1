import { Command } from "commander";

/** `flowc check FILES...`: what is wrong with these files, and nothing written. */
export function checkCommand(): Command {
  return new Command("check")
    .description("report what is wrong with .flow files")
    .argument("<files...>", "the .flow files to check")
    .option("--json", "print the diagnostics as one JSON array on standard output")
    .addHelpText(
      "after",
      `
Examples:
  flowc check flows/musique-answerable.flow
  flowc check --json flows/*.flow

Exit code: 0 if no file has errors (warnings are fine), 1 if one has or is not UTF-8, 2 if one cannot be read.`,
    )
    .action(async (files: string[], options: { json?: boolean }) => {
      const { checkFiles } = await import("./support/check-files.js");
      process.exitCode = await checkFiles(files, { json: options.json === true });
    });
}
