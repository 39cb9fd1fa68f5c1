import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../model/config.js";
import { growRows, type LayerCache } from "../model/inference-operations.js";

/** Slots to begin with; the pool doubles as it fills. */
const FIRST = 512;

/**
 * Keys and values of tokens, by slot: a slot holds one token's in every layer. Slots are handed out and taken back one by
 * one; what they hold is written by the forward pass.
 */
export class KeyValuePool {
  private layers: LayerCache[] = [];
  private size = 0;
  private readonly free: number[] = [];

  /**
   * @param budget slots, and so tokens, that are held at once where no single job needs more
   * @param limit the most that are ever held
   */
  constructor(
    private readonly config: ModelConfig,
    readonly budget: number,
    readonly limit: number,
  ) {}

  /** Slots in use. */
  get used(): number {
    return this.size - this.free.length;
  }

  /** Slots that can still be taken within the budget; negative beyond it. */
  get spare(): number {
    return this.budget - this.used;
  }

  /** Slots that can still be taken at all. */
  get available(): number {
    return this.limit - this.used;
  }

  /** A free slot; what it held before means nothing. */
  take(): number {
    const slot = this.free.pop();
    if (slot !== undefined) return slot;
    if (this.size >= this.limit) throw new Error("the key-value pool is full");
    const most = this.size < this.budget ? this.budget : this.limit;
    this.grow(Math.min(Math.max(FIRST, 2 * this.size), most));
    return this.free.pop()!;
  }

  /** Gives a slot back. */
  release(slot: number): void {
    this.free.push(slot);
  }

  layer(index: number): LayerCache {
    return this.layers[index]!;
  }

  /** Puts the tensors that a forward pass wrote in the place of the layer's old ones. */
  replace(index: number, cache: LayerCache): void {
    this.layers[index] = cache;
  }

  dispose(): void {
    for (const { keys, values } of this.layers) tf.dispose([keys, values]);
    this.layers = [];
  }

  private grow(size: number): void {
    const width = this.config.keyValueHeads * this.config.headDim;
    const extend = (old: tf.Tensor2D | undefined): tf.Tensor2D => {
      if (old === undefined) return tf.keep(tf.zeros([size, width]));
      const grown = tf.keep(growRows(old, size));
      old.dispose();
      return grown;
    };
    this.layers = Array.from({ length: this.config.layers }, (_, i) => ({
      keys: extend(this.layers[i]?.keys),
      values: extend(this.layers[i]?.values),
    }));
    for (let slot = size - 1; slot >= this.size; slot--) this.free.push(slot);
    this.size = size;
  }
}
