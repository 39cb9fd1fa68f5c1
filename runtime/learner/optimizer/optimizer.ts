import type { Arrays } from "../trainable.js";

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
