import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { bench, itemNames, selected, table } from "./bench.js";
import { figureOf } from "./measure.js";

const USAGE = `npm run bench -- [--json] [--only NAME] [--quick]

  --json       print an array of {name, value, unit, target, met} on standard output and nothing else
  --only NAME  one of ${itemNames().join(", ")}; or the part before a slash
  --quick      few and short repetitions: shows that an item works, not how fast it is
`;

/** @returns the exit code: a target that is missed is a finding, not a failure */
async function main(): Promise<number> {
  let options: { json?: boolean; only?: string; quick?: boolean };
  try {
    options = parseArgs({
      options: { json: { type: "boolean" }, only: { type: "string" }, quick: { type: "boolean" } },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const items = selected(options.only);
  if (items.length === 0) {
    process.stderr.write(`there is no item ${options.only}\n\n${USAGE}`);
    return 2;
  }
  const note = (text: string): boolean => process.stderr.write(`${text}\n`);
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  if (load > cores / 4)
    note(`other programs use the ${cores} cores (load ${load.toFixed(1)}): rates will be low`);
  const measurements = await bench(items, { quick: options.quick === true, note });
  process.stdout.write(
    options.json === true ? `${JSON.stringify(measurements.map(figureOf), null, 2)}\n` : table(measurements),
  );
  return 0;
}

process.exitCode = await main();
