import type { Arrays, Values } from "../trainable.js";

/** What a step did. */
export interface Movement {
  /** The largest absolute change of any one parameter. */
  readonly largestMove: number;
  /**
   * Coin betting alone: the largest R / L of any parameter, i.e. what betting on it has won, in units of what it was
   * given to bet with. Scaling all gradients changes nothing. It grows exponentially while gradients stay on one side.
   */
  readonly wealth?: number;
  /** Prodigy alone: its estimate d of the largest distance from the start to a solution, in any coordinate. */
  readonly distance?: number;
}

/** Moves one agent's parameters against a gradient. */
export interface Optimizer {
  /** Writes new values into `parameters`. A name without a gradient has gradient zero. */
  step(parameters: Arrays, gradient: Arrays): Movement;
  /** A copy of the state, in the parameters' own precision: taken over, it continues bit for bit. */
  state(): Arrays;
  /** Takes a copied state over. @returns what does not fit, or undefined if everything did */
  restore(state: Arrays): string | undefined;
}

/** Takes single numbers out of a kept state, whose rest are slots; or says which is missing. */
export function takeScalars(
  state: Arrays,
  names: readonly string[],
): { readonly scalars: readonly number[]; readonly rest: Arrays } | string {
  const scalars = names.map((name) => state.get(name)?.[0]);
  const missing = names.find((_, i) => scalars[i] === undefined);
  if (missing !== undefined) return `optimizer state ${missing} is missing`;
  return {
    scalars: scalars as readonly number[],
    rest: new Map([...state].filter(([name]) => !names.includes(name))),
  };
}

/** Zeros in the precision of `like`. */
export function zerosLike(like: Values): Values {
  return like instanceof Float32Array ? new Float32Array(like.length) : new Float64Array(like.length);
}

/** State arrays by slot and parameter, as one map: `slot:parameter`. Slots hold no colon. */
export function flatten(slots: ReadonlyMap<string, ReadonlyMap<string, Values>>): Arrays {
  const flat = new Map<string, Values>();
  for (const [parameter, arrays] of slots) {
    for (const [slot, values] of arrays) flat.set(`${slot}:${parameter}`, values.slice());
  }
  return flat;
}

/** The inverse of `flatten`, or what is wrong with the names. */
export function unflatten(flat: Arrays, names: readonly string[]): Map<string, Map<string, Values>> | string {
  const slots = new Map<string, Map<string, Values>>();
  for (const [key, values] of flat) {
    const slot = key.slice(0, key.indexOf(":"));
    const parameter = key.slice(slot.length + 1);
    if (!names.includes(slot)) return `optimizer state ${JSON.stringify(key)} is of another optimizer`;
    const arrays = slots.get(parameter) ?? new Map<string, Values>();
    slots.set(parameter, arrays.set(slot, values.slice()));
  }
  for (const [parameter, arrays] of slots) {
    const missing = names.find((name) => !arrays.has(name));
    if (missing !== undefined) return `optimizer state ${missing} of ${parameter} is missing`;
  }
  return slots;
}
