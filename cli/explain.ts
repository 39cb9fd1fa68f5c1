import { Command } from "commander";

/** `flowc explain CODE`: the page about a diagnostic. */
export function explainCommand(): Command {
  return new Command("explain")
    .description("explain a diagnostic: what it means, an example, and what is right")
    .argument("<code>", "a code such as F301")
    .addHelpText("after", "\nExamples:\n  flowc explain F301")
    .action(async (code: string) => {
      const { explain } = await import("./support/explain-code.js");
      process.stdout.write(explain(code));
    });
}
