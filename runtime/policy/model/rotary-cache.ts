import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "./config.js";
import type { RotaryTables } from "./operations.js";
import { makeTables } from "./rope.js";

/** Regimes whose tables are kept; a dynamic base has one for every length. */
const KEPT = 2;

/** The tables of the position embedding by regime, as long as was ever asked for. They outlive any scope. */
export class RotaryCache {
  private readonly known = new Map<number, RotaryTables>();

  /** @throws RangeError if more of a head is to be rotated than it has: a kernel would write beyond it */
  constructor(private readonly config: ModelConfig) {
    const { headDim, rope } = config;
    if (rope.dimensions > headDim) {
      throw new RangeError(`${rope.dimensions} dimensions of a head of ${headDim} cannot be rotated`);
    }
  }

  /**
   * Tables for at least `length` positions.
   * @throws RangeError if that exceeds the model's context
   */
  tables(length: number, regime: number): RotaryTables {
    const { contextLength } = this.config;
    if (length > contextLength) {
      throw new RangeError(`${length} tokens exceed the model's context of ${contextLength}`);
    }
    const found = this.known.get(regime);
    const reached = found?.cos.shape[0] ?? 0;
    if (found !== undefined && length <= reached) return found;
    this.forget(regime);
    if (this.known.size >= KEPT) this.forget([...this.known.keys()].find((each) => each !== 0)!);
    const made = makeTables(this.config, Math.min(Math.max(length, 2 * reached, 128), contextLength), regime);
    this.known.set(regime, made);
    return made;
  }

  dispose(): void {
    for (const regime of [...this.known.keys()]) this.forget(regime);
  }

  private forget(regime: number): void {
    const found = this.known.get(regime);
    if (found !== undefined) tf.dispose([found.cos, found.sin]);
    this.known.delete(regime);
  }
}
