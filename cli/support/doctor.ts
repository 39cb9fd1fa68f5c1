import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, platform, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { readConfig } from "../../runtime/policy/checkpoint.js";
import { BACKENDS, type BackendName } from "../../runtime/policy/engine/backend.js";
import {
  estimateMemory,
  type MemoryEstimate,
  memoryProblem,
  memorySize,
} from "../../runtime/policy/memory.js";
import type { Activations } from "../../runtime/policy/model/completion-gradient.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { availableMemory } from "./memory.js";
import type { Probe } from "./probe-backend.js";
import { jsonText, printableLines } from "./terminal.js";
import { packageVersion } from "./version.js";

/** What a backend that hangs is given beyond the measurement. */
const PATIENCE_MS = 60_000;

/** The packages whose versions decide what runs. */
const PACKAGES = [
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-node-gpu",
  "@tensorflow/tfjs-node",
  "@tensorflow/tfjs-backend-webgpu",
  "webgpu",
];

type Named = Exclude<BackendName, "auto">;

/** Tries every backend and prints what came of it. */
export async function examine({
  seconds,
  model,
  json,
}: {
  seconds: number;
  model?: string;
  json?: boolean;
}): Promise<void> {
  if (!(seconds > 0 && seconds <= 60)) {
    throw new CommandFailure("--seconds must be a number above 0, and at most 60");
  }
  const memory = model === undefined ? undefined : modelMemory(model);
  const named = BACKENDS.filter((name): name is Named => name !== "auto");
  const backends: ({ readonly name: Named } & Probe)[] = [];
  // One after the other: they would take the machine from each other.
  for (const name of named) backends.push({ name, ...(await probe(name, seconds)) });
  const machine = {
    flowc: packageVersion(),
    node: process.version,
    platform: `${platform()} ${arch()}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    freeMemoryBytes: availableMemory(),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
  process.stdout.write(
    json === true
      ? `${jsonText({ ...machine, backends, ...(memory === undefined ? {} : { model: memory }) })}\n`
      : printableLines(show(machine, backends) + (memory === undefined ? "" : showMemory(memory))),
  );
  if (!backends.some((each) => each.runs)) process.exitCode = ExitCode.diagnostics;
}

function probe(name: Named, seconds: number): Promise<Probe> {
  const child = fork(fileURLToPath(new URL("probe-backend.js", import.meta.url)), [name, String(seconds)], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000 + PATIENCE_MS);
  return new Promise((resolve) => {
    child.once("message", (message) => resolve(message as Probe));
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ runs: false, reason: `its process ended with ${signal ?? `exit code ${code}`}` });
    });
  });
}

/** The version of an installed package; null if it is none. */
function versionOf(name: string): string | null {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, "utf8")).version;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** What a model takes in memory, with one worker and with one per core, for answering and for training. */
interface ModelMemory {
  readonly folder: string;
  readonly parameters: number;
  readonly uses: readonly (MemoryEstimate & {
    readonly training: Activations | null;
    readonly fits: boolean;
  })[];
}

/** @throws PolicyError if the model is not computed */
function modelMemory(folder: string): ModelMemory {
  const config = readConfig(folder);
  const available = availableMemory();
  const uses = [...new Set([1, availableParallelism()])].flatMap((workers) =>
    ([null, "keep", "recompute"] as const).map((training) => {
      const estimate = estimateMemory(config, { workers, training: training ?? undefined });
      return { training, fits: memoryProblem(estimate, available, "wasm") === undefined, ...estimate };
    }),
  );
  return { folder, parameters: uses[0]!.parameters, uses };
}

function showMemory({ folder, parameters, uses }: ModelMemory): string {
  const { checkpoint, replica } = uses[0]!;
  const lines = uses.map(({ training, workers, total, fits, cache, working }) => {
    const how = training === "recompute" ? " with --activations recompute" : "";
    const use = `${workers === 1 ? "1 worker" : `${workers} workers`}, ${training === null ? "answering" : "training"}${how}`;
    const parts = `of it ${memorySize(cache)} keys and values, ${memorySize(working)} working memory each`;
    return `  ${use.padEnd(48)} ${memorySize(total).padStart(8)}, ${parts}${fits ? "" : ": does not fit"}`;
  });
  return [
    "",
    `${folder}: ${(parameters / 1e6).toFixed(1)} million parameters; estimated on wasm:`,
    `  the checkpoint ${memorySize(checkpoint)}, and each worker's copy ${memorySize(replica)}: the base is held in float32`,
    ...lines,
    "",
  ].join("\n");
}

function show(
  machine: {
    flowc: string;
    node: string;
    platform: string;
    cores: number;
    memoryBytes: number;
    freeMemoryBytes: number;
    packages: Record<string, string | null>;
  },
  backends: readonly ({ readonly name: string } & Probe)[],
): string {
  const { flowc, node, platform: system, cores, memoryBytes, freeMemoryBytes, packages } = machine;
  const lines = [
    `flowc ${flowc}, node ${node}, ${system}, ${cores} cores, ${memorySize(memoryBytes)} memory, ${memorySize(freeMemoryBytes)} free`,
    ...Object.entries(packages).map(([name, version]) => `${name} ${version ?? "is not installed"}`),
    "",
  ];
  for (const { name, ...probed } of backends) {
    lines.push(`${name.padEnd(7)} ${probed.runs ? figures(probed) : probed.reason}`);
  }
  return `${lines.join("\n")}\n`;
}

function figures({ device, gflops, memoryBytes }: Extract<Probe, { runs: true }>): string {
  const where =
    device === null ? "" : ` on ${device.name}${device.software ? " (software: right, and very slow)" : ""}`;
  return `runs${where}, ${gflops.toFixed(1)} GFLOP/s, ${memorySize(memoryBytes)} of memory in use`;
}
