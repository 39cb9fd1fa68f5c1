import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { startBackend } from "../../runtime/policy/engine/backend.js";
import { writeFileAtomically } from "../../runtime/policy/weights/index.js";
import { type FlowFigures, modelCard, type ShippedName, type TrainingRecord } from "./card.js";
import { measureFolder } from "./measure.js";

const program = new Command("ship")
  .description("Copies an exported model to flows/base/ and writes its model card.")
  .argument("<export>", "folder that training exported, e.g. runs/base/exports/step-3000")
  .addOption(
    new Option("--name <name>", "which of the models it becomes")
      .choices(["weak", "half", "saturated"])
      .makeOptionMandatory(),
  )
  .option("--data <file>", "questions for the card's accuracy", "flows/data/monitor.jsonl.gz")
  .option("--flow <file>", "output of `flowc eval --json` on the same questions, for the card")
  .option("--to <dir>", "parent folder", "flows/base");

const [source] = program.parse().args as [string];
const options = program.opts<{ name: ShippedName; data: string; flow?: string; to: string }>();
await startBackend("wasm");
const record = JSON.parse(readFileSync(join(source, "training.json"), "utf8")) as TrainingRecord;
const measured = await measureFolder(source, options.data, Number.POSITIVE_INFINITY);
const flow =
  options.flow === undefined ? {} : { flow: JSON.parse(readFileSync(options.flow, "utf8")) as FlowFigures };
const target = join(options.to, options.name);
rmSync(target, { recursive: true, force: true });
cpSync(source, target, { recursive: true });
const card = modelCard({ name: options.name, record, ...measured, ...flow });
writeFileAtomically(join(target, "README.md"), [Buffer.from(card)]);
console.log(
  `${target}: step ${record.step}, ${[...measured.perAgent].map(([a, v]) => `${a} ${v.toFixed(3)}`).join(" ")}`,
);
