import { Command, InvalidArgumentError } from "commander";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { readRows } from "./rows.js";
import { type Report, trainBase } from "./run.js";
import { BASE_SETTINGS } from "./settings.js";

const program = new Command("train")
  .description("Trains the tiny base model; a run that was interrupted goes on from its last checkpoint.")
  .requiredOption("--out <dir>", "folder of the run: tokenizer/, checkpoint/, exports/")
  .option("--data <file>", "training questions", "flows/data/train.jsonl.gz")
  .option("--monitor <file>", "questions for accuracy while training", "flows/data/monitor.jsonl.gz")
  .option("--steps <n>", "optimizer steps of the whole run", count, 3000)
  .option("--seed <n>", "seed of weights and examples", count, BASE_SETTINGS.seed)
  .option("--checkpoint-every <n>", "steps between checkpoints", count, 100)
  .option("--export-every <n>", "steps between exported model folders", count, 150)
  .option("--evaluate-every <n>", "steps between evaluations", count, 100)
  .option("--report-every <n>", "steps between progress lines", count, 20)
  .option("--held-out <n>", "held-out examples per agent", count, 40);

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("must be a whole number.");
  return value;
}

function print(event: Report): void {
  const time = new Date().toISOString().slice(11, 19);
  if (event.kind === "progress") {
    const minutes = (event.secondsLeft / 60).toFixed(1);
    const rate = event.tokensPerSecond.toFixed(0);
    console.log(
      `${time} step ${event.step} tokens ${event.tokens} loss ${event.loss.toFixed(4)} ${rate} tokens/s ${minutes} min left`,
    );
  } else if (event.kind === "accuracy") {
    const figures = [...event.perAgent].map(([agent, share]) => `${agent} ${share.toFixed(3)}`).join(" ");
    console.log(`${time} step ${event.step} accuracy ${figures}`);
  } else {
    console.log(`${time} step ${event.step} exported ${event.folder}`);
  }
}

const options = program.parse().opts();
await startBackend("wasm");
trainBase(
  await readRows(options.data),
  await readRows(options.monitor),
  { ...BASE_SETTINGS, seed: options.seed, steps: options.steps },
  options as Parameters<typeof trainBase>[3],
  print,
);
