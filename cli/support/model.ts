import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import type { BackendName } from "../../runtime/policy/engine/backend.js";
import type { LanguageModel } from "../../runtime/policy/language-model.js";
import type { Activations } from "../../runtime/policy/model/completion-gradient.js";
import type { LongPrompts } from "../../runtime/policy/truncation.js";
import { parseCount } from "./numbers.js";
import { parseLongPrompts } from "./truncation.js";

/** The options that say which model runs and where, as commander gives them. */
export interface ModelOptions {
  /** A folder. */
  readonly model: string;
  /** What was given where that is no folder: an id on the Hugging Face Hub. */
  readonly modelName?: string;
  readonly backend: BackendName;
  readonly workers?: number;
  readonly forceMemory?: boolean;
  /** Of a training; by default what memory there is decides. */
  readonly activations?: Activations;
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
      const options = action.opts<Partial<ModelOptions>>();
      const { backend } = options;
      // A model that will not fit costs no download either.
      const { checkMemory } = await import("./memory.js");
      const check = async (folder: string): Promise<void> => {
        if (backend !== undefined)
          await checkMemory(folder, { ...options, backend }, action.name() === "train");
      };
      action.setOptionValue("model", await modelFolder(given, check)).setOptionValue("modelName", given);
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
    )
    .option("--force-memory", "load a model that is estimated to be too large for the free memory");
}

/** Adds `--long-prompts` to a verb that plays a flow. */
export function addLongPromptsOption(command: Command): Command {
  return command.option(
    "--long-prompts <policy>",
    "of prompts beyond the model's context: left-of-user (shorten and say so; the default) or error; AGENT=POLICY,… for single agents",
  );
}

/** What a model is loaded for. */
export interface ModelUse {
  /** What is done with prompts beyond its context; by default what the options say. */
  readonly longPrompts?: LongPrompts;
  /** Whether adapters are trained, which takes more memory. */
  readonly training?: boolean;
}

/**
 * Loads the model that the options name.
 * @throws PolicyError if it cannot be used; CommandFailure if it will not fit into memory
 */
export async function openModel(options: ModelOptions, use: ModelUse = {}): Promise<LanguageModel> {
  const { LanguageModel } = await import("../../runtime/policy/language-model.js");
  const { checkMemory } = await import("./memory.js");
  const { model, backend, workers } = options;
  const { longPrompts = parseLongPrompts(options.longPrompts ?? "left-of-user"), training = false } = use;
  const activations = await checkMemory(model, options, training);
  if (training && activations === "recompute" && options.activations === undefined) {
    process.stderr.write(
      "flowc: activations are computed again for each gradient, since memory does not hold them all: slower, and the same results\n",
    );
  }
  const threads = workers === undefined ? {} : { workers };
  return LanguageModel.load({ folder: model, backend, longPrompts, activations, ...threads });
}
