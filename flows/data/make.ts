import { parseArgs } from "node:util";
import { writeCompressed } from "./files.js";
import { filesOf } from "./make-files.js";
import { loadWorld } from "./world.js";

const { values } = parseArgs({ options: { out: { type: "string", default: "flows/data" } } });
for (const { name, count, text } of filesOf(loadWorld())) {
  writeCompressed(values.out, name, text);
  console.log(`${name}.jsonl.gz: ${count} rows`);
}
