import { Command, Option } from "commander";
import type { ExportOptions } from "./support/export-adapter.js";
import { addModelOption } from "./support/model.js";

/** `flowc export`: an adapter in the format of another program. */
export function exportCommand(): Command {
  return addModelOption(new Command("export"))
    .description("write an adapter for llama.cpp, as a GGUF LoRA file")
    .requiredOption("--adapter <dir>", "an adapter in PEFT layout, e.g. RUN/adapters/AGENT")
    .requiredOption("--out <file>", "file to write; it must not exist")
    .addOption(new Option("--format <name>", "the format").choices(["gguf"]).default("gguf"))
    .addOption(
      new Option("--dtype <name>", "what the values are stored as")
        .choices(["float32", "float16"])
        .default("float32"),
    )
    .option("--json", "print one JSON object on standard output")
    .addHelpText(
      "after",
      `
llama.cpp scales an adapter by alpha / rank. The alpha that is written gives the scale that the adapter was trained
with, rsLoRA's too. The base as GGUF is what llama.cpp's convert_hf_to_gguf.py makes of its folder.

Examples:
  flowc export --model flows/base/weak --adapter runs/first/adapters/enough --out enough.gguf
  llama-cli -m weak.gguf --lora enough.gguf

Exit code: 0 if the file was written, 1 if base, adapter or file cannot be used.`,
    )
    .action(async (options: ExportOptions) => {
      const { exportAdapter } = await import("./support/export-adapter.js");
      exportAdapter(options);
    });
}
