import { parseArgs } from "node:util";
import { writeRows } from "./files.js";
import { fullRows, fullSizes, questionsOf, sizes } from "./parts.js";
import { parts } from "./split.js";
import { loadWorld } from "./world.js";

/** Names the published data set; see the data card. */
const seed = "flowc-data-1";

const { values } = parseArgs({ options: { out: { type: "string", default: "flows/data" } } });
const world = loadWorld();
for (const part of parts) {
  const questions = questionsOf(world, part, sizes[part], 8, seed);
  writeRows(
    values.out,
    part,
    questions.map(({ row }) => row),
  );
  writeRows(values.out, `full-${part}`, fullRows(questions.slice(0, fullSizes[part]), seed));
  console.log(`${part}: ${questions.length} questions`);
  if (part !== "train") {
    const wide = questionsOf(world, part, sizes[part], 20, seed);
    writeRows(
      values.out,
      `${part}-20`,
      wide.map(({ row }) => row),
    );
    console.log(`${part}-20: ${wide.length} questions`);
  }
}
