import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadFlow } from "../../cli/load-flow.js";
import { type Comparison, compare, compareNoise, type Extent, type Noise, type Reward } from "./compare.js";

/*
 * What a random, a scripted and a learned policy earn in the archive, beside the best that can be had.
 */

const usage = `Usage: node dist/flows/archive/measure.js [options]

Options:
  --archives <n>   archives, of six questions each (default: 1)
  --episodes <n>   episodes of each training (default: 360)
  --trainings <n>  trainings from each beginning (default: 8)
  --lucks <n>      seeds of chance that a policy is played with, at least 2 (default: 50)
  --json           print one JSON object
  --help           say this

Examples:
  node dist/flows/archive/measure.js
  node dist/flows/archive/measure.js --episodes 12 --trainings 1 --lucks 2
`;

const values = optionsOf(process.argv.slice(2));
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const extent: Extent = {
  archives: countOf("archives", 1),
  episodes: countOf("episodes", 1),
  trainings: countOf("trainings", 1),
  lucks: countOf("lucks", 2),
};
const path = fileURLToPath(new URL("../../../flows/archive/archive.flow", import.meta.url));
const { module: flow } = await loadFlow(path);
if (flow === undefined) throw new Error("archive.flow does not compile");
const comparisons = [await compare(flow, true, extent), await compare(flow, false, extent)];
const noise = await compareNoise(flow, extent);
const report = { ...extent, comparisons, noise };
process.stdout.write(
  values.json
    ? `${JSON.stringify(report)}\n`
    : `${tableOf(comparisons)}\n${linesOf(noise.script, "script")}${linesOf(noise.habits, "habits")}`,
);

function tableOf([sure, chancy]: readonly Comparison[]): string {
  const rows: readonly (readonly [string, (of: Comparison) => string])[] = [
    ["random", ({ random }) => shown(random)],
    ["scripted", ({ scripted }) => shown(scripted)],
    ["learned, from habits", ({ learned }) => shown(learned.habits)],
    ["learned, from the script", ({ learned }) => shown(learned.script)],
    ["best possible", ({ optimum }) => optimum.toFixed(4)],
  ];
  const lines = rows.map(([name, of]) => `| ${name} | ${of(sure!)} | ${of(chancy!)} |`);
  return ["| policy | reliable tools | tools that fail |", "|---|---|---|", ...lines, ""].join("\n");
}

function linesOf({ forks, shared, own, ratio }: Noise, name: string): string {
  return `${name}: variance of a deviation's gain over ${forks} forks: with shared luck ${precisely(shared)}, with luck of \
its own ${precisely(own)}; ratio ${ratio.toFixed(2)}
`;
}

function shown({ mean, low, high, count }: Reward): string {
  return count === 1 ? mean.toFixed(4) : `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

function precisely({ mean, low, high }: Reward): string {
  return `${mean.toFixed(5)} [${low.toFixed(5)}, ${high.toFixed(5)}]`;
}

/** What was asked for; ends the program with the usage where that is nothing that there is. */
function optionsOf(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        archives: { type: "string", default: "1" },
        episodes: { type: "string", default: "360" },
        trainings: { type: "string", default: "8" },
        lucks: { type: "string", default: "50" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function countOf(name: "archives" | "episodes" | "trainings" | "lucks", minimum: number): number {
  const count = Number(values[name]);
  if (Number.isSafeInteger(count) && count >= minimum && count <= 1_000_000) return count;
  return refuse(`--${name} takes a whole number from ${minimum} to 1000000, not ${values[name]}`);
}

function refuse(message: string): never {
  process.stderr.write(`measure: ${message}\n\n${usage}`);
  process.exit(2);
}
