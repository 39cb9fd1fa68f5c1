import { Command, Option } from "commander";
import { addModelOptions } from "./support/model.js";
import { parseCount, parsePositive } from "./support/numbers.js";
import type { TrainOptions } from "./support/train-flow.js";

/** `flowc train`: one adapter per agent, from which whole episodes are better. */
export function trainCommand(): Command {
  return addModelOptions(new Command("train"))
    .description("train a flow's agents by one-step deviations, one LoRA adapter each")
    .argument("<flow>", "the .flow file")
    .requiredOption("--data <file>", "questions in MuSiQue's format, .jsonl or .jsonl.gz")
    .option("--held-out <file>", "questions to evaluate on from time to time, from which nothing is learned")
    .requiredOption("--out <run>", "folder of the run: settings, logs, checkpoints, adapters")
    .option("--flow <name>", "the flow to train, where the file has several (default: the last one)")
    .option("--allow-extern", "run the code of the TypeScript modules that the flow names")
    .option("--config <file>", "settings in YAML (see docs/settings.md)")
    .option("--episodes <n>", "episodes to play; overrides the settings", parsePositive)
    .option("--seed <s>", "keys every random number; overrides the settings", parseCount)
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
The flow takes question and paragraphs and gives { answer, support }; docs/data.md says what these and the data file
hold, and what the reward is made of.

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

Exit code: 0 if the run is complete, 1 if flow, model, data or settings have mistakes or it stopped since a loss was not
finite (alarms.not_finite), 130 if it was interrupted.`,
    )
    .action(async (flow: string, options: TrainOptions) => {
      const { trainFlow } = await import("./support/train-flow.js");
      process.exitCode = await trainFlow(flow, options);
    });
}
