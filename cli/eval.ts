import { Command, Option } from "commander";
import type { EvalOptions } from "./support/evaluate-flow.js";
import { CommandFailure } from "./support/exit.js";
import { addLongPromptsOption, addModelOptions } from "./support/model.js";
import { parseAboveZero, parseCount, parsePositive } from "./support/numbers.js";

/** `flowc eval`: how well a flow, or a prediction file, answers a data file. */
export function evalCommand(): Command {
  const command = addLongPromptsOption(addModelOptions(new Command("eval")))
    .description("play a flow on a data file, or take predictions, and report the official metrics")
    .argument("[flow]", "the .flow file")
    .requiredOption("--data <file>", "questions in MuSiQue's format, .jsonl or .jsonl.gz")
    .option("--flow <name>", "the flow to play, where the file has several (default: the last one)")
    .option("--allow-extern", "run the code of the TypeScript modules that the flow names")
    .option(
      "--config <file>",
      "settings in YAML, of which `reward` and `allow_extern` count (see docs/settings.md)",
    )
    .option("--adapters <dir>", "trained adapters: a PEFT folder for each agent")
    .addOption(
      new Option(
        "--agents <names>",
        "switch on the adapters of these agents only, e.g. query,enough",
      ).argParser((text) => text.split(",").filter((name) => name !== "")),
    )
    .option("--limit <n>", "only the first n questions", parsePositive)
    .option("--extractive", "an answer that stands in no paragraph which it relies on becomes a part of one")
    .option(
      "--guesses <n>",
      "answers that vote for that part, by other texts before the last one (default: 4)",
      parsePositive,
    )
    .option(
      "--pairwise <agent>",
      "of the two rows of a question in MuSiQue-Full, take that one for answerable of which this agent rather says yes",
    )
    .option("--out <dir>", "write predictions.jsonl, scores.jsonl and eval.json there")
    .option(
      "--record <file>",
      "write the log of every episode with its reward there, a line each, for flowc replay and flowc train --logged",
    )
    .option(
      "--temperature <t>",
      "draw what agents say at this temperature, instead of the most probable",
      parseAboveZero,
    )
    .option("--seed <s>", "keys the draws of --temperature (default: 0)", parseCount)
    .option("--force", "overwrite an earlier evaluation in --out, and an earlier --record")
    .option("--against <dir>", "compare with an earlier evaluation's --out, question by question")
    .option("--predictions <file>", "evaluate these predictions instead of playing a flow")
    .option("--json", "print one JSON object on standard output")
    .addHelpText(
      "after",
      `
Intervals are 95 % bootstrap intervals over questions; those of --against are paired.

The flow takes question and paragraphs and gives { answer, support }; docs/data.md says what these and the data file hold.

Both kinds of post-processing, --extractive and --pairwise, change what predictions and figures are, and nothing that is
recorded; docs/data.md says what they do.

An episode that breaks, on an effect that fails or on a flow that fails on its values, counts as no answer: it is told of, and
the others go on.

Examples:
  flowc eval flows/musique-answerable.flow --data flows/data/monitor.jsonl.gz --model flows/base/weak --out runs/before
  flowc eval flows/musique-answerable.flow --data flows/data/monitor.jsonl.gz --model flows/base/weak \\
    --adapters runs/first/adapters --against runs/before
  flowc eval flows/musique-answerable.flow --data flows/data/monitor.jsonl.gz --model flows/base/weak --limit 50 \\
    --record episodes.jsonl
  flowc eval flows/musique-answerable.flow --data flows/data/train.jsonl.gz --model flows/base/weak --limit 300 \\
    --temperature 1 --record drawn.jsonl
  flowc eval flows/musique-full.flow --data flows/data/full-monitor.jsonl.gz --model flows/base/weak --extractive --pairwise sufficient
  flowc eval --predictions runs/before/predictions.jsonl --data flows/data/monitor.jsonl.gz --json

Exit code: 0 if it was evaluated, 1 if flow, model, adapters or data have mistakes, every episode broke, or --out or
--record are there already, 130 if it was interrupted.`,
    );
  // A prediction file needs no model; playing a flow does, and says so below.
  const model = command.options.find((option) => option.long === "--model");
  if (model !== undefined) model.makeOptionMandatory(false);
  return command.action(async (flow: string | undefined, options: EvalOptions) => {
    if (options.predictions !== undefined) {
      if (flow !== undefined) throw new CommandFailure("eval takes a flow or --predictions, not both");
      const idle = (
        [
          "model",
          "flow",
          "config",
          "adapters",
          "agents",
          "limit",
          "extractive",
          "guesses",
          "pairwise",
          "out",
          "force",
          "record",
          "against",
          "workers",
          "temperature",
          "seed",
        ] as const
      ).find((name) => options[name] !== undefined);
      if (idle !== undefined) throw new CommandFailure(`--${idle} has no meaning with --predictions`);
      const { evaluatePredictions } = await import("./support/evaluate-predictions.js");
      return evaluatePredictions(options.predictions, options.data, options.json === true);
    }
    if (flow === undefined) throw new CommandFailure("eval needs a flow, or --predictions with a file");
    const { model: folder } = options;
    if (folder === undefined) throw new CommandFailure("eval needs --model, the folder of the base model");
    if (options.agents !== undefined && options.adapters === undefined) {
      throw new CommandFailure("--agents chooses among the adapters of --adapters, which is missing");
    }
    if (options.guesses !== undefined && options.extractive !== true) {
      throw new CommandFailure("--guesses has no meaning without --extractive");
    }
    if (options.seed !== undefined && options.temperature === undefined) {
      throw new CommandFailure("--seed keys the draws of --temperature, which is missing");
    }
    const { evaluateFlow } = await import("./support/evaluate-flow.js");
    await evaluateFlow(flow, { ...options, model: folder });
  });
}
