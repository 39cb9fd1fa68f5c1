import type { Arrays, Values } from "../trainable.js";

/** Moves one agent's parameters against a gradient. */
export interface Optimizer {
  /**
   * Writes new values into `parameters`. A name without a gradient has gradient zero.
   *
   * @returns the largest absolute change of any one parameter
   */
  step(parameters: Arrays, gradient: Arrays): number;
  /** A copy of the state, in the parameters' own precision: taken over, it continues bit for bit. */
  state(): Arrays;
  /** Takes a copied state over. @returns what does not fit, or undefined if everything did */
  restore(state: Arrays): string | undefined;
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
