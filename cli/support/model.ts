import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { BackendName } from "../../runtime/policy/engine/backend.js";
import type { LanguageModel } from "../../runtime/policy/language-model.js";
import type { LongPrompts } from "../../runtime/policy/truncation.js";
import { parseLongPrompts } from "./truncation.js";

/** The options that say which model runs and where, as commander gives them. */
export interface ModelOptions {
  /** A folder. */
  readonly model: string;
  /** What was given where that is no folder: an id on the Hugging Face Hub. */
  readonly modelName?: string;
  readonly backend: BackendName;
  readonly workers?: number;
  /** As `parseLongPrompts` reads it. */
  readonly longPrompts?: string;
}

/**
 * Adds `--model` to a verb. A model of the Hugging Face Hub is downloaded before the verb's action, which is given its
 * folder.
 */
export function addModelOption(command: Command): Command {
  return command
    .requiredOption(
      "--model <model>",
      "the base model: a folder in Hugging Face layout, or an id on the Hugging Face Hub, owner/name[@revision]",
    )
    .hook("preAction", async (_, action) => {
      const given: unknown = action.opts().model;
      // A folder is by far the most common, and needs no client of the Hub.
      if (typeof given !== "string" || existsSync(given)) return;
      const { modelFolder } = await import("../hub/model.js");
      action.setOptionValue("model", await modelFolder(given)).setOptionValue("modelName", given);
    });
}

/** Adds `--model`, `--backend` and `--workers` to a verb. */
export function addModelOptions(command: Command): Command {
  return addModelOption(command)
    .addOption(
      new Option(
        "--backend <name>",
        "where to compute; auto is wasm, or webgpu for a large model where there is a GPU (see flowc doctor)",
      )
        .choices(["auto", "cuda", "webgpu", "native", "wasm", "cpu"])
        .default("auto"),
    )
    .option(
      "--workers <n>",
      "worker threads; changes no result (default: one per core on wasm and cpu, otherwise none)",
      parseCount,
    );
}

/** Adds `--long-prompts` to a verb that plays a flow. */
export function addLongPromptsOption(command: Command): Command {
  return command.option(
    "--long-prompts <policy>",
    "of prompts beyond the model's context: left-of-user (shorten and say so; the default) or error; AGENT=POLICY,… for single agents",
  );
}

/**
 * Loads the model that the options name.
 *
 * @param longPrompts what is done with prompts beyond its context; by default what the options say
 * @throws PolicyError if it cannot be used
 */
export async function openModel(
  options: ModelOptions,
  longPrompts: LongPrompts = parseLongPrompts(options.longPrompts ?? "left-of-user"),
): Promise<LanguageModel> {
  const { LanguageModel } = await import("../../runtime/policy/language-model.js");
  const { model, backend, workers } = options;
  const threads = workers === undefined ? {} : { workers };
  return LanguageModel.load({ folder: model, backend, longPrompts, ...threads });
}

/** For commander: a whole number, 1 or more. */
export function parsePositive(text: string): number {
  const value = parseCount(text);
  if (value === 0) throw new InvalidArgumentError("Expected a whole number, 1 or more.");
  return value;
}

/** For commander: a whole number, 0 or more. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("Expected a whole number, 0 or more.");
  }
  return value;
}
