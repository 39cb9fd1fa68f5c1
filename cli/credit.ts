import { Command, InvalidArgumentError } from "commander";
import type { CreditFlowOptions } from "./support/credit-flow.js";
import { CommandFailure } from "./support/exit.js";
import { addLongPromptsOption, addModelOptions } from "./support/model.js";
import { parsePositive, parseSeed } from "./support/numbers.js";

/** `flowc credit FLOW`: at which calls of which agents a flow loses reward. */
export function creditCommand(): Command {
  const command = addLongPromptsOption(addModelOptions(new Command("credit")))
    .description("find where a flow loses reward: try other outputs at each choice point, without training")
    .argument("<flow>", "the .flow file")
    .requiredOption("--data <file>", "questions in MuSiQue's format, .jsonl or .jsonl.gz")
    .option("--mocks <file>", "what the agents answer, in YAML, instead of a model")
    .option("--flow <name>", "the flow to play, where the file has several (default: the last one)")
    .option("--allow-extern", "run the code of the TypeScript modules that the flow names")
    .option("--config <file>", "settings in YAML: how many others are tried, the reward (see docs/credit.md)")
    .option("--adapters <dir>", "trained adapters: a PEFT folder for each agent")
    .option("--agents <names>", "try other outputs of these agents only, e.g. query,enough", (text) =>
      text.split(",").filter((name) => name !== ""),
    )
    .option("--limit <n>", "only the first n questions", parsePositive)
    .option(
      "--share <p>",
      "probability with which a choice point is tried; overrides the settings",
      parseShare,
    )
    .option("--seed <s>", "keys every random number; overrides the settings", parseSeed)
    .option("--svg <file>", "draw the flow with the headroom of each of its sites")
    .option("--out <dir>", "write credit.json, and a line per choice point to points.jsonl there")
    .option("--force", "overwrite earlier results in --out")
    .option("--json", "print one JSON object on standard output")
    .addHelpText(
      "after",
      `
Plays the flow greedily, puts other outputs in at its choice points, one at a time, plays on from each, and compares the
rewards. Any model will do: nothing is trained. With --mocks, a file as for flowc run, any agents will do; but since choice
points are asked many times, a list of answers is what an agent could say, the best first: it gives the first, of a pick's
candidates the first that is there, and the others of a text are what else is tried. Ctrl-C ends it with the figures of the
questions that are finished. Of each site, which is a call of an agent in the flow:
  headroom  what the best change of one output there would add to an episode's reward, in the mean over episodes
  better    share of its choice points where some other output leads to a higher reward
  worse     share of them where some other leads to a lower one
  change    what another output changes, in the mean over those tried
  most      the largest gain that was seen
Intervals are 95 % bootstrap intervals over questions. docs/credit.md says what the figures mean and what they do not.

Examples:
  flowc credit flows/musique-answerable.flow --data flows/data/monitor.jsonl.gz --model flows/base/weak --limit 100
  flowc credit flows/musique-answerable.flow --data flows/data/monitor.jsonl.gz --model flows/base/weak \\
    --config flows/joint.yaml --svg credit.svg --out runs/credit
  flowc credit flows/musique-answerable.flow --data flows/data/monitor.jsonl.gz --model flows/base/weak \\
    --agents relevant,enough --share 0.25 --json
  flowc credit flows/musique-answerable.flow --data flows/data/monitor.jsonl.gz --mocks answers.yaml --limit 10

Exit code: 0 if it was measured, 1 if flow, model, mocks, adapters, data or settings have mistakes, --out holds results or every
episode broke, 130 if it was interrupted.`,
    );
  // Mocked agents need no model.
  const model = command.options.find((option) => option.long === "--model");
  if (model !== undefined) model.makeOptionMandatory(false);
  return command.action(async (flow: string, options: CreditFlowOptions) => {
    const { mocks, model: folder, adapters } = options;
    if (mocks !== undefined && folder !== undefined)
      throw new CommandFailure("credit takes --mocks or --model, not both");
    if (mocks === undefined && folder === undefined)
      throw new CommandFailure("credit needs --model, the folder of a model, or --mocks, a file of answers");
    if (mocks !== undefined && adapters !== undefined)
      throw new CommandFailure("--adapters has no meaning with --mocks");
    const { creditFlow } = await import("./support/credit-flow.js");
    process.exitCode = await creditFlow(flow, options);
  });
}

function parseShare(text: string): number {
  const value = Number(text);
  if (/^[\d.]+$/.test(text) && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number above 0, at most 1.");
}
