/**
 * A flow went wrong on the values it was given: a mistake in the flow or its data, not in the program that runs it.
 * Thrown by a machine's `start`, `pending` and `advance`; `place` is `line:column` in the .flow file, or
 * `path:line:column` in one that it imports.
 */
export class FlowFailure extends Error {
  override readonly name = "FlowFailure";

  constructor(
    message: string,
    readonly place: string,
    options?: ErrorOptions,
  ) {
    super(`${message} (at ${place}${/^\d+:\d+$/.test(place) ? " of the .flow file" : ""})`, options);
  }
}

/** @throws FlowFailure if the index is not one of the list's, which count from 0 */
export function at<T>(list: readonly T[], index: number, place: string): T {
  if (index < 0 || index >= list.length) {
    throw new FlowFailure(`index ${index} of a list of ${list.length}`, place);
  }
  return list[index]!;
}

/** @throws FlowFailure if an int has left the range in which whole numbers are exact, ±(2^53 - 1) */
export function int(value: number, place: string): number {
  if (!Number.isSafeInteger(value)) throw new FlowFailure("an int is too large", place);
  // JSON has no negative zero, so states must not have it either.
  return value === 0 ? 0 : value;
}

/** @throws FlowFailure if a float has become infinite, which JSON cannot hold */
export function float(value: number, place: string): number {
  if (!Number.isFinite(value)) throw new FlowFailure("a float is too large", place);
  return value === 0 ? 0 : value;
}
