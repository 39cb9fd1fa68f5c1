/** Effects that begin with what a task says. */

export function start({ doors }: { doors: number }): { doors: number } {
  return { doors };
}

export function open(state: { doors: number }, _: { door: string }) {
  return { state, result: state.doors > 0 };
}
