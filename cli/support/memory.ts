import { freemem, totalmem } from "node:os";
import { readConfig } from "../../runtime/policy/checkpoint.js";
import type { BackendName } from "../../runtime/policy/engine/backend.js";
import { chooseBackend, defaultWorkers } from "../../runtime/policy/engine/choose.js";
import { estimateMemory, memoryProblem } from "../../runtime/policy/memory.js";
import { parameterCount } from "../../runtime/policy/model/names.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** What decides how much memory a model takes, as the options say it. */
export interface MemoryOptions {
  readonly backend: BackendName;
  readonly workers?: number;
  readonly forceMemory?: boolean;
}

/**
 * Makes sure, from its config.json alone, that a model fits into memory.
 * @throws CommandFailure with the figures if it does not, unless that was overruled
 */
export async function checkMemory(folder: string, options: MemoryOptions, training: boolean): Promise<void> {
  if (options.forceMemory === true) return;
  const config = readConfig(folder);
  const backend = await chooseBackend(options.backend, parameterCount(config));
  const { workers = defaultWorkers(backend) } = options;
  const problem = memoryProblem(estimateMemory(config, { workers, training }), availableMemory(), backend);
  if (problem === undefined) return;
  throw new CommandFailure(
    `${folder}: ${problem}; see flowc doctor --model, or go on all the same with --force-memory`,
    ExitCode.diagnostics,
  );
}

/** Bytes that this process can still take: what the machine has free, within the limit of its container. */
export function availableMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  if (!(limit > 0 && limit < totalmem())) return freemem();
  return Math.min(freemem(), Math.max(0, limit - process.memoryUsage.rss()));
}
