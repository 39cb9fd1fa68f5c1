import { Command } from "commander";
import { parsePositive } from "./support/numbers.js";
import type { ReplayFlowOptions } from "./support/replay-log.js";

/** `flowc replay FLOW LOG`: whether a flow still does what a log says that it did. */
export function replayCommand(): Command {
  return new Command("replay")
    .description("run recorded episodes again with their answers, and say where flow and log part")
    .argument("<flow>", "the .flow file")
    .argument("<log>", "a file that --record of run or eval wrote, plain or gzipped, or - for standard input")
    .option("--flow <name>", "the flow to play, where the file has several (default: the last one)")
    .option("--edited", "take logs of an earlier state of the flow too, and compare what is asked")
    .option("--allow-extern", "have the TypeScript modules that the flow names do its effects again")
    .option("--config <file>", "settings in YAML, of which `allow_extern` counts (see docs/settings.md)")
    .option("--limit <n>", "only the first n episodes", parsePositive)
    .option("--json", "print a JSON object a line: one for each episode, then one for all")
    .addHelpText(
      "after",
      `
No model is asked: agents answer as the log says. Everything that the flow asks must be what the log says, prompt by
prompt, and so must the result. Effects count as done, with what they gave then; with --allow-extern their modules do them
again, with the same random numbers, and must give the same and leave the same state. A log of another compile of the
flow is refused, unless --edited is said. docs/replay.md says what a log holds.

Examples:
  flowc eval flows/musique-answerable.flow --data flows/data/monitor.jsonl.gz --model flows/base/weak --record episodes.jsonl
  flowc replay flows/musique-answerable.flow episodes.jsonl
  flowc replay flows/musique-answerable.flow episodes.jsonl --edited --json

Exit code: 0 if all episodes agree, 1 if one does not, a line is no episode, the log cannot be read or the flow has mistakes.`,
    )
    .action(async (flow: string, log: string, options: ReplayFlowOptions) => {
      const { replayLog } = await import("./support/replay-log.js");
      process.exitCode = await replayLog(flow, log, options);
    });
}
