import type { Arrays, Values } from "../trainable.js";
import type { Movement, Optimizer } from "./optimizer.js";
import { type Slot, Slots, zerosLike } from "./slots.js";

/** Largest gradient at the start: a fresh LoRA's A has gradient 0, and 0/0 without it. */
const EPSILON = 1e-8;

/**
 * largest: largest |gradient| so far; total: sum of |gradient|; bets: minus the sum of gradients; reward: what
 * betting has won; wealth: the distance from the start; origin: the start.
 */
const fresh = (x: Values) => ({
  largest: zerosLike(x).fill(EPSILON),
  total: zerosLike(x),
  bets: zerosLike(x),
  reward: zerosLike(x),
  wealth: zerosLike(x),
  origin: x.slice(),
});
type Own = Slot<keyof ReturnType<typeof fresh>>;

/**
 * Coin betting without a learning rate, per coordinate: COCOB-Backprop (Orabona and Tommasi 2017, Algorithm 2).
 * With L largest, G total, T bets, R reward, and w the distance from the start x0:
 *
 *     L = max(L, |g|);  T -= g;  G += |g|;  R = max(0, R - g w);  w = (L + R) T / (L max(G + L, alpha L));  x = x0 + w
 *
 * The first move is -sign(g) / max(2, alpha) whatever the size of g. Sums are float64, the state is kept in the
 * parameters' precision.
 */
export class Cocob implements Optimizer {
  readonly #alpha: number;
  readonly #slots = new Slots(fresh);

  constructor(alpha: number) {
    this.#alpha = alpha;
  }

  step(parameters: Arrays, gradient: Arrays): Movement {
    let largestMove = 0;
    let wealth = 0;
    for (const [name, x] of parameters) {
      const g = gradient.get(name);
      // Without a gradient the formula gives x again.
      if (g === undefined) continue;
      const slots = this.#slots.of(name, x);
      largestMove = Math.max(largestMove, this.#move(x, g, slots));
      for (const [i, won] of slots.reward.entries()) wealth = Math.max(wealth, won / slots.largest[i]!);
    }
    return { largestMove, wealth };
  }

  #move(x: Values, g: Values, { largest, total, bets, reward, wealth, origin }: Own): number {
    let largestMove = 0;
    for (let i = 0; i < x.length; i += 1) {
      const gi = g[i]!;
      const size = Math.abs(gi);
      largest[i] = Math.max(largest[i]!, size);
      bets[i] = bets[i]! - gi;
      total[i] = total[i]! + size;
      reward[i] = Math.max(0, reward[i]! - gi * wealth[i]!);
      const l = largest[i]!;
      wealth[i] = ((l + reward[i]!) * bets[i]!) / (l * Math.max(total[i]! + l, this.#alpha * l));
      const before = x[i]!;
      x[i] = origin[i]! + wealth[i]!;
      largestMove = Math.max(largestMove, Math.abs(x[i]! - before));
    }
    return largestMove;
  }

  state(): Arrays {
    return this.#slots.state();
  }

  restore(state: Arrays): string | undefined {
    return this.#slots.restore(state);
  }
}
