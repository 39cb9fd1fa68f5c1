import { Command } from "commander";
import { addModelOptions, type ModelOptions } from "./support/model.js";

/** `flowc score`: log-probabilities of completions, JSON lines in and out. */
export function scoreCommand(): Command {
  return addModelOptions(new Command("score"))
    .description("log-probabilities of completions under a model, JSON lines in and out")
    .option("--adapter <dir>", "an adapter in PEFT layout")
    .addHelpText(
      "after",
      `
Reads {"id","prompt","completion"} or {"id","prompt_ids","completion_ids"}, one a line, from standard input, and
writes {"id","logprob","token_logprobs"} for each, in order. Prompt and completion are tokenised apart, nothing is
added at either end, ids are taken as they are. Log-probabilities are natural logarithms.

Example:
  echo '{"id":1,"prompt":"<query> Question: What is the capital of Japan?<a>","completion":"capital of Japan</s>"}' |
    flowc score --model flows/base/weak

Exit code: 0 if all lines were scored, 1 at a line or a model that cannot be used.`,
    )
    .action(async (options: ModelOptions & { adapter?: string }) => {
      const { scoreLines } = await import("./support/score-lines.js");
      await scoreLines(options);
    });
}
