import type { ModelConfig } from "../../../runtime/policy/model/config.js";
import { linearShape, linearsOf } from "../../../runtime/policy/model/names.js";
import type { Phase } from "./tasks.js";

/** What a machine can do at most, with as many threads as are measured. */
export interface Machine {
  /** Floating-point operations a second, of the backend's own product of large square matrices. */
  readonly operations: number;
  /** Bytes a second that are read from memory. */
  readonly bandwidth: number;
}

/**
 * Seconds that some work takes at the very least: a pass must do its products, and read every weight once. The roofline
 * of Williams et al. 2009, for each phase.
 */
export function leastSeconds(config: ModelConfig, work: readonly Phase[], machine: Machine): number {
  return work.reduce((sum, phase) => {
    const { operations, bytes } = costOf(config, phase);
    return sum + phase.passes * Math.max(operations / machine.operations, bytes / machine.bandwidth);
  }, 0);
}

/** Of one pass: a multiplication and an addition are two operations; weights, keys and values have 4 bytes. */
export function costOf(
  config: ModelConfig,
  { rows, contexts, logits, apart = false, products = 1 }: Phase,
): { readonly operations: number; readonly bytes: number } {
  const { layers, heads, keyValueHeads, headDim, vocabSize, hiddenSize } = config;
  const layer = linearsOf(config)
    .map((linear) => linearShape(config, linear))
    .reduce((sum, [out, into]) => sum + out * into, 0);
  const head = vocabSize * hiddenSize;
  const once = layers * (layer * rows + 2 * heads * headDim * contexts) + head * logits;
  const keysAndValues = apart ? layers * 2 * keyValueHeads * headDim * contexts : 0;
  const read = layers * layer + (logits > 0 ? head : 0) + keysAndValues;
  return { operations: 2 * products * once, bytes: 4 * products * read };
}
