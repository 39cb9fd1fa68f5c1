import { Command, InvalidArgumentError } from "commander";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { measureFolder } from "./measure.js";

const program = new Command("accuracy")
  .description(
    "Prints, per agent, the share of gold steps that a model folder answers exactly, as one line of JSON.",
  )
  .argument("<model>", "model folder in Hugging Face layout")
  .option("--data <file>", "questions with their decomposition", "flows/data/monitor.jsonl.gz")
  .option("--limit <n>", "questions, each with one step of every agent", positive, 500);

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("must be a positive whole number.");
  return value;
}

const [model] = program.parse().args as [string];
const { data, limit } = program.opts<{ data: string; limit: number }>();
await startBackend("wasm");
const { questions, perAgent } = await measureFolder(model, data, limit);
console.log(JSON.stringify({ model, data, questions, ...Object.fromEntries(perAgent) }));
