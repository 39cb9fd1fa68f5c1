import { freemem, totalmem } from "node:os";
import { readConfig } from "../../runtime/policy/checkpoint.js";
import type { BackendName } from "../../runtime/policy/engine/backend.js";
import { chooseBackend, defaultWorkers } from "../../runtime/policy/engine/choose.js";
import { firstFit } from "../../runtime/policy/memory.js";
import type { Activations } from "../../runtime/policy/model/completion-gradient.js";
import { parameterCount } from "../../runtime/policy/model/names.js";
import { CommandFailure, ExitCode } from "./exit.js";

/** What decides how much memory a model takes, as the options say it. */
export interface MemoryOptions {
  readonly backend: BackendName;
  readonly workers?: number;
  readonly forceMemory?: boolean;
  /** Of a training; what is not said is chosen by the memory that is free. */
  readonly activations?: Activations;
}

/**
 * Makes sure, from its config.json alone, that a model fits into memory.
 *
 * @returns how gradients are to be computed: again, where keeping activations would take more than there is
 * @throws CommandFailure with the figures if it does not fit, unless that was overruled
 */
export async function checkMemory(
  folder: string,
  options: MemoryOptions,
  training: boolean,
): Promise<Activations> {
  const { activations, forceMemory = false } = options;
  const config = readConfig(folder);
  const backend = await chooseBackend(options.backend, parameterCount(config));
  const { workers = defaultWorkers(backend) } = options;
  const ways: readonly (Activations | undefined)[] = !training
    ? [undefined]
    : activations === undefined
      ? ["keep", "recompute"]
      : [activations];
  const fit = firstFit(config, { workers, ways }, availableMemory(), backend);
  if ("training" in fit) return fit.training ?? "keep";
  if (forceMemory) return ways.at(-1) ?? "keep";
  throw new CommandFailure(
    `${folder}: ${fit.problem}; see flowc doctor --model, or go on all the same with --force-memory`,
    ExitCode.diagnostics,
  );
}

/** Bytes that this process can still take: what the machine has free, within the limit of its container. */
export function availableMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  if (!(limit > 0 && limit < totalmem())) return freemem();
  return Math.min(freemem(), Math.max(0, limit - process.memoryUsage.rss()));
}
