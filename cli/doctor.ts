import { Command } from "commander";

/** `flowc doctor`: which backends run on this machine, how fast, and what the others lack. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say which backends run on this machine, how fast, and what the others lack")
    .option("--seconds <s>", "how long to measure each backend", Number, 2)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Every backend is tried in a process of its own, and multiplies square matrices of float32 for some seconds. The figures
are of single products: a language model on a small machine is bound by other things too.

Examples:
  flowc doctor
  flowc doctor --seconds 0.5 --json

Exit code: 0 if any backend runs, 1 if none does.`,
    )
    .action(async (options: { seconds: number; json?: boolean }) => {
      const { examine } = await import("./support/doctor.js");
      await examine(options);
    });
}
