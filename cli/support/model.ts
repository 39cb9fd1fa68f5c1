import { type Command, InvalidArgumentError, Option } from "commander";
import type { BackendName } from "../../runtime/policy/engine/backend.js";
import type { LanguageModel } from "../../runtime/policy/language-model.js";

/** The options that say which model runs and where, as commander gives them. */
export interface ModelOptions {
  readonly model: string;
  readonly backend: BackendName;
  readonly workers?: number;
}

/** Adds `--model`, `--backend` and `--workers` to a verb. */
export function addModelOptions(command: Command): Command {
  return command
    .requiredOption("--model <dir>", "folder of the base model, in Hugging Face layout")
    .addOption(
      new Option("--backend <name>", "where to compute; auto is wasm (see flowc doctor)")
        .choices(["auto", "cuda", "webgpu", "native", "wasm", "cpu"])
        .default("auto"),
    )
    .option("--workers <n>", "worker threads; changes no result (default: one per core)", parseCount);
}

/** Loads the model that the options name. @throws PolicyError if it cannot be used */
export async function openModel(options: ModelOptions): Promise<LanguageModel> {
  const { LanguageModel } = await import("../../runtime/policy/language-model.js");
  const { model, backend, workers } = options;
  return LanguageModel.load({ folder: model, backend, ...(workers === undefined ? {} : { workers }) });
}

/** For commander: a whole number, 0 or more. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("Expected a whole number, 0 or more.");
  }
  return value;
}
