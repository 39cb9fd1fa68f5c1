import { Command } from "commander";

/** `flowc explain [CODE]`: the page about a diagnostic, or which there are. */
export function explainCommand(): Command {
  return new Command("explain")
    .description("explain a diagnostic: what it means, an example, and what is right")
    .argument("[code]", "a code such as F301; without one all codes are listed")
    .option("--json", "print JSON on standard output: an object with the page, or an array of all codes")
    .addHelpText(
      "after",
      `
Examples:
  flowc explain F301
  flowc explain
  flowc explain --json

Exit code: 0, or 2 if there is no such code.`,
    )
    .action(async (code: string | undefined, options: { json?: boolean }) => {
      const { explain, listCodes } = await import("./support/explain-code.js");
      process.stdout.write(code === undefined ? listCodes(options) : explain(code, options));
    });
}
