/**
 * Random numbers that depend on where they are used and on nothing else: not on the order of calls, not on the
 * batch, not on how many were drawn before. An episode and its deviations therefore share all later noise.
 */
import { createHash } from "node:crypto";

/** Where a random number is used. */
export interface RandomKey {
  /** The run's seed. */
  readonly seed: number;
  /** Pass over the tasks, from 0. */
  readonly epoch: number;
  readonly task: string;
  /** The choice point's id, or another name for what is decided. */
  readonly point: string;
  /** What the number is for, e.g. `alternative`; keeps two uses at one point apart. */
  readonly purpose: string;
  /** Index among the draws for one purpose. */
  readonly sample: number;
}

/** The key as one string; different keys give different strings, whatever characters ids hold. */
export function joinKey(key: RandomKey): string {
  return JSON.stringify([key.seed, key.epoch, key.task, key.point, key.purpose, key.sample]);
}

const PER_BLOCK = 4;

/**
 * The stream of uniform numbers in [0, 1) that belongs to a key: number `i` is 53 bits of
 * SHA-256(key, "\n", floor(i / 4)), so any of them can be had without the ones before.
 */
export class Uniforms {
  readonly #key: string;
  #index = 0;
  #block: Buffer | undefined;

  constructor(key: string) {
    this.#key = key;
  }

  next(): number {
    const lane = this.#index % PER_BLOCK;
    if (lane === 0 || this.#block === undefined) {
      const counter = Math.floor(this.#index / PER_BLOCK);
      this.#block = createHash("sha256").update(`${this.#key}\n${counter}`).digest();
    }
    this.#index += 1;
    const bits = this.#block.readBigUInt64BE(lane * 8) >> 11n;
    return Number(bits) / 2 ** 53;
  }
}

/** The first uniform number in [0, 1) of a key. */
export function uniform(key: RandomKey): number {
  return new Uniforms(joinKey(key)).next();
}

/** A permutation of 0..n-1 that depends on the key alone (Fisher-Yates). */
export function permutation(n: number, key: string): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const numbers = new Uniforms(key);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = Math.floor(numbers.next() * (i + 1));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}
