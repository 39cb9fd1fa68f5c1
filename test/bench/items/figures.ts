import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BACKENDS, startBackend } from "../../../runtime/policy/engine/backend.js";
import type { BackendFigures } from "../figures/measure-backend.js";
import { writeRandomModel } from "../figures/random-model.js";
import type { Context, Item, Measurement } from "../item.js";
import { weak } from "../places.js";

/**
 * What each backend that runs here makes of two models, in one thread, each figure also as a share of what the machine's
 * own products and memory allow. A process for each, since what a backend has taken it does not give back.
 */
export const figures: Item = {
  name: "figures",
  async measure(context) {
    const folder = mkdtempSync(join(tmpdir(), "flowc-bench-"));
    try {
      writeRandomModel(folder);
      const models = { weak, "random-d256": folder };
      const measurements: Measurement[] = [];
      for (const backend of BACKENDS) {
        if (backend === "auto" || !(await runsHere(backend, context))) continue;
        for (const [model, path] of Object.entries(models)) {
          measurements.push(...(await measured(model, path, backend, context)));
        }
      }
      return measurements;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

type Backend = Exclude<(typeof BACKENDS)[number], "auto">;

async function runsHere(backend: Backend, { note }: Context): Promise<boolean> {
  try {
    await startBackend(backend);
    return true;
  } catch (error) {
    note(`figures/${backend}: left out, ${(error as Error).message}`);
    return false;
  }
}

async function measured(
  model: string,
  folder: string,
  backend: Backend,
  { quick, note }: Context,
): Promise<readonly Measurement[]> {
  const prefix = `figures/${model}/${backend}`;
  const found = await inProcess([backend, folder, String(bandwidth()), quick ? "1" : "5"]);
  const { device, machine, figures: all, leftOut, peak } = found;
  const limits = `${(machine.operations / 1e9).toFixed(1)} GFLOP/s in products, ${(machine.bandwidth / 1e9).toFixed(1)} GB/s from memory`;
  note(`${prefix}: ${device === undefined ? "" : `${device}, `}${limits}`);
  for (const name of leftOut) note(`${prefix}/${name}: left out, it would take minutes`);
  return [
    ...all.flatMap(({ name, unit, values, share }): Measurement[] => [
      { name: `${prefix}/${name}`, unit, values },
      { name: `${prefix}/${name}/of-limit`, unit: "share", values: [share] },
    ]),
    { name: `${prefix}/peak-memory`, unit: "MiB", values: [peak] },
  ];
}

function inProcess(args: readonly string[]): Promise<BackendFigures> {
  const script = fileURLToPath(new URL("../figures/measure-backend.js", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = fork(script, args);
    let told: BackendFigures | undefined;
    child.on("message", (message) => {
      told = message as BackendFigures;
    });
    child.on("exit", (code) => {
      if (told === undefined) reject(new Error(`${args.join(" ")} ended with ${code}`));
      else resolve(told);
    });
  });
}

const MEGABYTE = 2 ** 20;

/** Bytes a second that one thread moves of what is in no cache, of the fastest of some copies. */
function bandwidth(): number {
  const from = new Float64Array((256 * MEGABYTE) / Float64Array.BYTES_PER_ELEMENT).fill(1);
  const to = new Float64Array(from.length);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i += 1) {
    const began = performance.now();
    to.set(from);
    best = Math.min(best, (performance.now() - began) / 1000);
  }
  // As many are written as are read.
  return (2 * from.byteLength) / best;
}
