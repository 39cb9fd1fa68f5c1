import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item, Measurement } from "../item.js";
import { often, repeat } from "../measure.js";
import { flowFile, monitorFile, program, settingsFile, trainFile, weak } from "../places.js";

/** Runs first in the measured process: at its end it writes down the most memory that was ever resident, in MiB. */
const REPORTER = `
import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { peakMemory } from ${JSON.stringify(new URL("../peak-memory.js", import.meta.url).href)};
if (isMainThread) {
  process.on("exit", () => writeFileSync(process.env.FLOWC_BENCH_MEMORY, String(peakMemory())));
}`;

/** Peak resident memory of real commands on the weak base model, with their workers. */
export const memory: Item = {
  name: "memory",
  async measure(context) {
    const folder = mkdtempSync(join(tmpdir(), "flowc-bench-"));
    const model = ["--model", weak, "--backend", "wasm"];
    const limit = context.quick ? "2" : "50";
    const episodes = context.quick ? "2" : "16";
    const measured = async (
      name: string,
      args: (index: number) => readonly string[],
    ): Promise<Measurement> => {
      const values = await repeat(often(context, 3, 0), (index) => peak(join(folder, "peak"), args(index)));
      return { name: `memory/${name}`, unit: "MiB", values };
    };
    try {
      return [
        await measured("evaluate", () => [
          "eval",
          flowFile,
          "--data",
          monitorFile,
          ...model,
          "--limit",
          limit,
        ]),
        await measured("train", (index) => [
          ...["train", flowFile, "--data", trainFile, ...model, "--config", settingsFile],
          ...["--episodes", episodes, "--out", join(folder, `run-${index}`)],
        ]),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** @returns MiB */
function peak(file: string, args: readonly string[]): number {
  const hook = `data:text/javascript,${encodeURIComponent(REPORTER)}`;
  const env = { ...process.env, FLOWC_BENCH_MEMORY: file };
  const child = spawnSync(process.execPath, ["--import", hook, program, ...args], { env, encoding: "utf8" });
  if (child.status !== 0) throw new Error(`flowc ${args[0]} failed: ${child.stderr}`);
  return Number(readFileSync(file, "utf8"));
}
