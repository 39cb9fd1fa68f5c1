import { FlowFailure } from "../failure.js";

/** What a flow makes stays below these, so that doubling in a loop ends in a failure and not in a full memory. */
export const sizes = {
  /** UTF-16 units of a text. */
  text: 2_000_000,
  /** Elements of a list. */
  list: 1_000_000,
} as const;

/** @throws FlowFailure if a text of this many UTF-16 units is too long */
export function checkText(length: number, place: string): void {
  if (length > sizes.text) throw new FlowFailure(`a text is longer than ${sizes.text} characters`, place);
}

/** @throws FlowFailure if a list of this many elements is too long */
export function checkList(length: number, place: string): void {
  if (length > sizes.list) throw new FlowFailure(`a list is longer than ${sizes.list} elements`, place);
}
