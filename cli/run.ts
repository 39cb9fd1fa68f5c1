import { Command } from "commander";
import { CommandFailure } from "./support/exit.js";
import { addLongPromptsOption, addModelOptions, type ModelOptions } from "./support/model.js";
import { parsePositive } from "./support/numbers.js";
import type { RunOptions } from "./support/run-flow.js";

/** `flowc run FLOW`: one input through a flow, with a model or with mocked agents. */
export function runCommand(): Command {
  const command = addLongPromptsOption(addModelOptions(new Command("run")))
    .description("play a flow on one input, with a model or with mocked agents")
    .argument("<flow>", "the .flow file")
    .requiredOption("--input <json>", "the input: a JSON object, a file with one, or - for standard input")
    .option("--mocks <file>", "what the agents answer, in YAML, instead of a model")
    .option("--adapters <dir>", "trained adapters: a PEFT folder for each agent")
    .option("--flow <name>", "the flow to play, where the file has several (default: the last one)")
    .option("--allow-extern", "run the code of the TypeScript modules that the flow names")
    .option("--limit <n>", "give up after so many answers", parsePositive, 10_000)
    .option("--record <file>", "add the episode to a file of logs, a line each, for flowc replay")
    .option("--json", "the trace too as JSON, one object a line on standard error")
    .addHelpText(
      "after",
      `
The result goes to standard output as JSON, what was asked and answered to standard error.

Mocks are YAML: by the name of an agent, a site (FLOW/AGENT#0) or a choice point (FLOW/AGENT#0@2), of which the most
exact one counts, an answer or a list of answers that are given one after the other:
  query: [where is it, who lives there]
  enough: no
  musique_answerable/enough#0@2: yes
  relevant: [2, 0]           # of a pick: the place in the list, from 0
Effects are mocked by the same names, with what they give; the modules of those that are not are run with --allow-extern.

Examples:
  flowc run flows/examples/router.flow --input '{"request":"Where is my parcel?"}' --mocks answers.yaml
  flowc run flows/musique-answerable.flow --input question.json --model flows/base/weak --adapters runs/first/adapters
  flowc run flows/musique-answerable.flow --input question.json --model flows/base/weak --record episodes.jsonl

Exit code: 0 with a result, 1 if flow, input, mocks or model have mistakes, or the flow fails on its values.`,
    );
  const model = command.options.find((option) => option.long === "--model");
  if (model !== undefined) model.makeOptionMandatory(false);
  return command.action(async (flow: string, options: RunOptions & Partial<ModelOptions>) => {
    if (options.mocks !== undefined && options.model !== undefined) {
      throw new CommandFailure("run takes --mocks or --model, not both");
    }
    if (options.mocks === undefined && options.model === undefined) {
      throw new CommandFailure(
        "run needs either --mocks, a file of answers, or --model, the folder of a model",
      );
    }
    if (options.mocks !== undefined && options.adapters !== undefined) {
      throw new CommandFailure("--adapters has no meaning with --mocks");
    }
    const { runFlow } = await import("./support/run-flow.js");
    await runFlow(flow, options);
  });
}
