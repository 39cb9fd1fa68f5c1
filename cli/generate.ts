import { Command } from "commander";
import { addModelOptions, type ModelOptions } from "./support/model.js";

/** `flowc generate`: continuations of prompts, JSON lines in and out. */
export function generateCommand(): Command {
  return addModelOptions(new Command("generate"))
    .description("continuations of prompts, JSON lines in and out")
    .option("--adapter <dir>", "an adapter in PEFT layout")
    .addHelpText(
      "after",
      `
Reads {"id","prompt"}, {"id","messages"} or {"id","prompt_ids"} with "max_tokens", one a line, from standard input, and
writes {"id","ids","text","token_logprobs","finish"} for each, in order. Messages are rendered by the model's chat
template; a prompt is tokenised as it is, nothing is added. "ids" includes the end token if it was generated; "finish" is
"end" then, else "length" (max_tokens) or "context" (the model's context is full). Log-probabilities are the model's own.

Continuations are greedy. A line with "temperature" has its tokens drawn, from the "top_k" most probable ones and their
nucleus "top_p", with random numbers that its "seed" names (default 0).

Examples:
  echo '{"id":1,"prompt":"<query> Question:","max_tokens":20,"temperature":0.8,"top_k":40,"seed":7}' |
    flowc generate --model flows/base/weak
  echo '{"id":1,"prompt":"<query> Question: What is the capital of Japan?<a>","max_tokens":20}' |
    flowc generate --model flows/base/weak

Exit code: 0 if all lines were answered, 1 at a line or a model that cannot be used.`,
    )
    .action(async (options: ModelOptions & { adapter?: string }) => {
      const { generateLines } = await import("./support/generate-lines.js");
      await generateLines(options);
    });
}
