/**
 * What was set or asked for lately, by key: at most so much, and at least half of it. What is older goes all at once,
 * which takes no time for each: of two generations the older one is dropped when the younger one is full.
 */
export class Recent<Value> {
  readonly #limit: number;
  readonly #sizeOf: (key: string) => number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  /** Of the younger generation. */
  #size = 0;

  /**
   * @param limit sizes in all
   * @param sizeOf what keeping a key takes; by default 1, so that entries are counted
   */
  constructor(limit: number, sizeOf: (key: string) => number = () => 1) {
    this.#limit = limit / 2;
    this.#sizeOf = sizeOf;
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    if (!this.#young.has(key)) {
      const size = this.#sizeOf(key);
      if (this.#size + size > this.#limit) {
        this.#old = this.#young;
        this.#young = new Map();
        this.#size = 0;
      }
      this.#size += size;
    }
    this.#young.set(key, value);
  }
}
