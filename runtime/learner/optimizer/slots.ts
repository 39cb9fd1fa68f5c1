import type { Arrays, Values } from "../trainable.js";

/** Arrays as long as the parameter that they belong to, by name. No name holds a colon. */
export type Slot<Name extends string> = Readonly<Record<Name, Values>>;

/** What an optimizer remembers of every parameter, in the parameters' own precision. */
export class Slots<Name extends string> {
  readonly #fresh: (x: Values) => Slot<Name>;
  readonly #names: readonly string[];
  #kept = new Map<string, Slot<Name>>();

  /** @param fresh what is remembered of a parameter that was never moved */
  constructor(fresh: (x: Values) => Slot<Name>) {
    this.#fresh = fresh;
    this.#names = Object.keys(fresh(new Float64Array(0)));
  }

  /** The arrays themselves, to be written to. */
  of(parameter: string, x: Values): Slot<Name> {
    const known = this.#kept.get(parameter);
    if (known !== undefined) return known;
    const fresh = this.#fresh(x);
    this.#kept.set(parameter, fresh);
    return fresh;
  }

  /** A copy of all arrays: `name:parameter`. */
  state(): Arrays {
    const flat = new Map<string, Values>();
    for (const [parameter, slot] of this.#kept) {
      for (const [name, values] of Object.entries<Values>(slot)) {
        flat.set(`${name}:${parameter}`, values.slice());
      }
    }
    return flat;
  }

  /** Takes copied arrays over. @returns what does not fit, or undefined if everything did */
  restore(state: Arrays): string | undefined {
    const kept = new Map<string, Partial<Record<string, Values>>>();
    for (const [key, values] of state) {
      const name = key.slice(0, key.indexOf(":"));
      const parameter = key.slice(name.length + 1);
      if (!this.#names.includes(name))
        return `optimizer state ${JSON.stringify(key)} is of another optimizer`;
      kept.set(parameter, { ...kept.get(parameter), [name]: values.slice() });
    }
    for (const [parameter, slot] of kept) {
      const missing = this.#names.find((name) => slot[name] === undefined);
      if (missing !== undefined) return `optimizer state ${missing} of ${parameter} is missing`;
    }
    this.#kept = kept as Map<string, Slot<Name>>;
    return undefined;
  }
}

/** Zeros in the precision of `like`. */
export function zerosLike(like: Values): Values {
  return like instanceof Float32Array ? new Float32Array(like.length) : new Float64Array(like.length);
}
