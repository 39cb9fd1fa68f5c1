import { Command } from "commander";

/** `flowc doctor`: which backends run on this machine, how fast, and what the others lack. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say which backends run on this machine, how fast, and what the others lack")
    .option("--seconds <s>", "how long to measure each backend", Number, 2)
    .option("--model <dir>", "a model's folder: say what it would take in memory, from its config.json alone")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Every backend is tried in a process of its own, and multiplies square matrices of float32 for some seconds. The figures
are of single products: a language model on a small machine is bound by other things too. With --model, what the model
takes in memory is estimated; a model that will not fit is refused by the other commands, with the same figures.

Examples:
  flowc doctor
  flowc doctor --seconds 0.5 --json
  flowc doctor --model flows/base/weak

Exit code: 0 if any backend runs, 1 if none does, or if the model cannot be used.`,
    )
    .action(async (options: { seconds: number; model?: string; json?: boolean }) => {
      const { examine } = await import("./support/doctor.js");
      await examine(options);
    });
}
