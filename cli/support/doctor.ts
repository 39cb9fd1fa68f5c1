import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, freemem, platform, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { BACKENDS, type BackendName } from "../../runtime/policy/engine/backend.js";
import { CommandFailure, ExitCode } from "./exit.js";
import type { Probe } from "./probe-backend.js";
import { packageVersion } from "./version.js";

/** What a backend that hangs is given beyond the measurement. */
const PATIENCE_MS = 60_000;

/** The packages whose versions decide what runs. */
const PACKAGES = [
  "@tensorflow/tfjs",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-node-gpu",
  "@tensorflow/tfjs-node",
  "@tensorflow/tfjs-backend-webgpu",
  "webgpu",
];

type Named = Exclude<BackendName, "auto">;

/** Tries every backend and prints what came of it. */
export async function examine({ seconds, json }: { seconds: number; json?: boolean }): Promise<void> {
  if (!(seconds > 0 && seconds <= 60)) {
    throw new CommandFailure("--seconds must be a number above 0, and at most 60");
  }
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
    freeMemoryBytes: freemem(),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
  process.stdout.write(
    json === true ? `${JSON.stringify({ ...machine, backends })}\n` : show(machine, backends),
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
    `flowc ${flowc}, node ${node}, ${system}, ${cores} cores, ${gigabytes(memoryBytes)} memory, ${gigabytes(freeMemoryBytes)} free`,
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
  return `runs${where}, ${gflops.toFixed(1)} GFLOP/s, ${gigabytes(memoryBytes)} of memory in use`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
