/** Effects whose `start` is no function. */

export const start = { open: false };

export function enter(state: { open: boolean }, _: { door: string }) {
  return { state, result: state.open };
}

/** Gives a state of its own. */
export function leave(_state: number, _: { door: string }) {
  return { state: 1, result: true };
}
