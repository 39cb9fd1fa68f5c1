import { createHash } from "node:crypto";

/**
 * A stream of random numbers that is a function of its key alone: SHA-256 in counter mode. The same key gives the
 * same numbers on every machine and Node version, which is what makes the data files reproducible.
 */
export class KeyedRandom {
  readonly #key: string;
  #block: Buffer = Buffer.alloc(0);
  #counter = 0;
  #offset = 0;

  /** @param key any text; streams of different keys are independent. */
  constructor(key: string) {
    this.#key = key;
  }

  #word(): number {
    if (this.#offset === this.#block.length) {
      this.#block = createHash("sha256").update(`${this.#key}\u0000${this.#counter}`).digest();
      this.#counter += 1;
      this.#offset = 0;
    }
    const word = this.#block.readUInt32BE(this.#offset);
    this.#offset += 4;
    return word;
  }

  /** A uniform number in [0, 1) with 32 bits. */
  unit(): number {
    return this.#word() / 2 ** 32;
  }

  /** A uniform integer in [0, `bound`), without modulo bias; `bound` is in 1..2^32. */
  below(bound: number): number {
    const limit = Math.floor(2 ** 32 / bound) * bound;
    for (;;) {
      const word = this.#word();
      if (word < limit) return word % bound;
    }
  }

  /**
   * One element, uniformly.
   * @throws RangeError if the list is empty (a caller's bug).
   */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("nothing to pick from");
    return list[this.below(list.length)] as T;
  }

  /** A new list in random order (Fisher-Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const swap = out[i] as T;
      out[i] = out[j] as T;
      out[j] = swap;
    }
    return out;
  }
}
