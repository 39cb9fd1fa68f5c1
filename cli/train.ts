import { Command, Option } from "commander";
import { CommandFailure } from "./support/exit.js";
import { addModelOptions } from "./support/model.js";
import { parsePositive, parseSeed } from "./support/numbers.js";
import type { TrainOptions } from "./support/train-flow.js";

/** `flowc train`: one adapter per agent, from which whole episodes are better. */
export function trainCommand(): Command {
  return addModelOptions(new Command("train"))
    .description("train a flow's agents by one-step deviations, one LoRA adapter each")
    .argument("<flow>", "the .flow file")
    .option("--data <file>", "questions to play, in MuSiQue's format, .jsonl or .jsonl.gz")
    .option(
      "--logged <file>",
      "learn from recorded episodes alone, each with its reward, plain or gzipped (see docs/algorithms.md); instead of --data",
    )
    .option(
      "--edited",
      "take logged episodes of an earlier state of the flow too, where all that is asked is the same",
    )
    .option("--held-out <file>", "questions to evaluate on from time to time, from which nothing is learned")
    .requiredOption("--out <run>", "folder of the run: settings, logs, checkpoints, adapters")
    .option("--flow <name>", "the flow to train, where the file has several (default: the last one)")
    .option("--allow-extern", "run the code of the TypeScript modules that the flow names")
    .option("--config <file>", "settings in YAML (see docs/settings.md)")
    .option("--episodes <n>", "episodes to play; overrides the settings", parsePositive)
    .option("--seed <s>", "keys every random number; overrides the settings", parseSeed)
    .option("--agents <names>", "train these agents only, e.g. enough; the others stay as they are", (text) =>
      text.split(",").filter((name) => name !== ""),
    )
    .option(
      "--adapters <dir>",
      "adapters to begin with, a PEFT folder for each agent, as an earlier run's adapters; agents without one begin anew",
    )
    .addOption(
      new Option(
        "--activations <how>",
        "of a gradient: keep them, or recompute them in a fraction of the memory and a third more time; changes no result (default: recompute if memory does not hold them)",
      ).choices(["keep", "recompute"]),
    )
    .option("--resume", "go on from the newest checkpoint of --out, to the same bytes as an undisturbed run")
    .option("--json", "print every event as one JSON object a line on standard output")
    .addHelpText(
      "after",
      `
With --data the flow takes question and paragraphs and gives { answer, support }; docs/data.md says what these and the data file
hold, and what the reward is made of.

With --logged any flow will do, and nothing is played: episodes that eval --record or run --record wrote are learned from, of
which each line must have a "reward" (eval writes it; else add it) and must replay. --held-out is played all the same.

A run that was killed goes on with --resume; Ctrl-C ends it at the next round, with a checkpoint. The trained adapters
are in RUN/adapters, a PEFT folder for each agent; with --held-out those of the best evaluation in RUN/best/round-N.

Examples:
  flowc train flows/musique-answerable.flow --data flows/data/train.jsonl.gz --model flows/base/weak --out runs/first \\
    --episodes 240
  flowc train flows/musique-answerable.flow --data flows/data/train.jsonl.gz --model flows/base/weak --out runs/first \\
    --episodes 240 --resume
  flowc train flows/musique-answerable.flow --data flows/data/train.jsonl.gz --model flows/base/weak --out runs/second \\
    --adapters runs/first/adapters --agents query,enough
  flowc train flows/musique-answerable.flow --data flows/data/train.jsonl.gz --model flows/base/weak --out runs/third \\
    --held-out flows/data/monitor.jsonl.gz --config settings.yaml

Without a reward, by a comparator or by feedback (docs/preferences.md):
  flowc train flows/musique-answerable.flow --data flows/data/train.jsonl.gz --model flows/base/weak --out runs/fourth \\
    --config flows/examples/preferences/comparator.yaml

From what a deployed flow has done, without playing anything:
  flowc train flows/musique-answerable.flow --logged episodes.jsonl --model flows/base/weak --out runs/fifth

Exit code: 0 if the run is complete, 1 if flow, model, data, logged episodes or settings have mistakes or it stopped since a loss was not
finite (alarms.not_finite), 130 if it was interrupted.`,
    )
    .action(async (flow: string, options: TrainOptions) => {
      if ((options.data === undefined) === (options.logged === undefined))
        throw new CommandFailure(
          "train needs --data with questions to play, or --logged with episodes, and not both",
        );
      if (options.edited !== undefined && options.logged === undefined)
        throw new CommandFailure("--edited is about the episodes of --logged, which is missing");
      const { trainFlow } = await import("./support/train-flow.js");
      process.exitCode = await trainFlow(flow, options);
    });
}
