import type { Piece } from "./passes.js";

/** What grows token by token: one output, or the beams of a search. */
export interface Growing {
  readonly finished: boolean;
  /** What is to be put through the model next; the logits are taken as the pieces say. */
  pieces(): Piece[];
  /** Called when the logits of all pieces have been taken. */
  settle(): void;
}
