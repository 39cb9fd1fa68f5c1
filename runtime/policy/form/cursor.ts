import { draw, type TokenDecoding } from "../decode/sampling.js";
import { ENDED, type TokenForm } from "./token-form.js";

/** Fills in a form: takes the tokens of one output, none of which leads to where the form cannot be ended in time. */
export class FormCursor {
  #state = 0;

  constructor(private readonly form: TokenForm) {}

  /**
   * The next token, which it takes: the most probable of those that may stand, or one drawn from them.
   *
   * @param left tokens that the output may still have, this one included; not less than it takes to the end
   * @param uniform in [0, 1), for what is drawn
   */
  next(logits: Float32Array, left: number, decoding: TokenDecoding, uniform: () => number): number {
    const { ids, targets } = this.form;
    const allowed = this.#ways(left);
    const chosen =
      allowed[
        decoding.kind === "greedy"
          ? best(allowed, (way) => logits[ids[way]!]!)
          : draw(
              Float64Array.from(allowed, (way) => logits[ids[way]!]!),
              decoding,
              uniform(),
            )
      ]!;
    this.#state = targets[chosen]!;
    return ids[chosen]!;
  }

  /** Tokens that may stand next, ascending. @param left as for `next` */
  allowed(left: number): number[] {
    return this.#ways(left).map((way) => this.form.ids[way]!);
  }

  /** Takes a token that may stand next. */
  take(id: number): void {
    const { offsets, ids, targets } = this.form;
    for (let way = offsets[this.#state]!; way < offsets[this.#state + 1]!; way++) {
      if (ids[way] !== id) continue;
      this.#state = targets[way]!;
      return;
    }
    throw new Error(`the token ${id} may not stand here`);
  }

  /** Another cursor at the same place. */
  copy(): FormCursor {
    const copy = new FormCursor(this.form);
    copy.#state = this.#state;
    return copy;
  }

  #ways(left: number): number[] {
    const { offsets, targets } = this.form;
    const allowed: number[] = [];
    for (let way = offsets[this.#state]!; way < offsets[this.#state + 1]!; way++) {
      if (this.#distance(targets[way]!) < left) allowed.push(way);
    }
    if (allowed.length === 0) throw new Error("an output came to where its form cannot be ended");
    return allowed;
  }

  #distance(state: number): number {
    return state === ENDED ? 0 : this.form.distances[state]!;
  }
}

/** The index of the item with the highest value, the first of equal ones. */
function best(items: readonly number[], value: (item: number) => number): number {
  let found = 0;
  for (let i = 1; i < items.length; i++) if (value(items[i]!) > value(items[found]!)) found = i;
  return found;
}
