/** Ends reading with an error that names the file. */
export type Fail = (message: string) => never;

/** Reads single values of an untrusted JSON object, each checked for type and range. Null counts as missing. */
export class KeyReader {
  constructor(
    private readonly keys: ReadonlyMap<string, unknown>,
    readonly fail: Fail,
    /** Before the key in messages, e.g. `rope_parameters.`. */
    private readonly prefix = "",
  ) {}

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  value(key: string): unknown {
    return this.keys.get(key) ?? undefined;
  }

  /** A positive integer of at most `limit`; missing gives the fallback, if there is one. */
  integer(key: string, limit: number, fallback?: number): number {
    const value = this.value(key) ?? fallback;
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= limit) return value;
    return this.fail(`${this.prefix}${key} must be an integer from 1 to ${limit}, found ${describe(value)}`);
  }

  /** A number above `low` and below `high`. */
  number(key: string, fallback: number | undefined, low: number, high: number): number {
    const value = this.value(key) ?? fallback;
    if (typeof value === "number" && value > low && value < high) return value;
    return this.fail(
      `${this.prefix}${key} must be a number between ${low} and ${high}, found ${describe(value)}`,
    );
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.value(key) ?? fallback;
    if (typeof value === "boolean") return value;
    return this.fail(`${this.prefix}${key} must be true or false, found ${describe(value)}`);
  }

  /** As many positive numbers as said. */
  numbers(key: string, length: number): readonly number[] {
    const value = this.value(key);
    const fits =
      Array.isArray(value) &&
      value.length === length &&
      value.every((each) => typeof each === "number" && each > 0 && each < 1e12);
    if (fits) return value;
    return this.fail(`${this.prefix}${key} must be a list of ${length} positive numbers`);
  }

  /** A key of which only one value is computed. */
  only(key: string, supported: unknown): void {
    const value = this.value(key) ?? supported;
    if (value !== supported) {
      this.fail(
        `${this.prefix}${key} is ${describe(value)}; this version computes ${JSON.stringify(supported)} only`,
      );
    }
  }
}

/** Null, false and empty collections turn a feature off. */
export function isOff(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === null || value === false;
}

function describe(value: unknown): string {
  return value === undefined ? "nothing" : (JSON.stringify(value)?.slice(0, 80) ?? typeof value);
}
