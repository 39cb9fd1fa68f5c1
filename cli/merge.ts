import { Command, Option } from "commander";
import type { MergeOptions } from "./support/merge-model.js";
import { addModelOption } from "./support/model.js";

/** `flowc merge`: a base model with an adapter, as one checkpoint. */
export function mergeCommand(): Command {
  return addModelOption(new Command("merge"))
    .description("write a base model with an adapter as one checkpoint in Hugging Face layout")
    .requiredOption("--adapter <dir>", "an adapter in PEFT layout, e.g. RUN/adapters/AGENT")
    .requiredOption("--out <dir>", "folder to write; it must not exist, or be empty")
    .addOption(
      new Option("--dtype <name>", "what the weights are stored as (default: each as in the base)").choices([
        "float32",
        "float16",
        "bfloat16",
      ]),
    )
    .option(
      "--shard-size <size>",
      "above this, weights are written in several files, e.g. 500MB (default: 5GB)",
    )
    .option("--json", "print one JSON object on standard output")
    .addHelpText(
      "after",
      `
Every adapted weight becomes W + scale · B A, rounded once. A sharded base gives the same shards; tokenizer, chat
template and generation settings are copied. Nothing is overwritten, and nothing half-written stays.

Examples:
  flowc merge --model flows/base/weak --adapter runs/first/adapters/enough --out merged/enough
  flowc merge --model llama-3b --adapter runs/first/adapters/draft --out merged/draft --dtype bfloat16

Exit code: 0 if the model was written, 1 if base, adapter or folder cannot be used.`,
    )
    .action(async (options: MergeOptions) => {
      const { mergeModel } = await import("./support/merge-model.js");
      await mergeModel(options);
    });
}
