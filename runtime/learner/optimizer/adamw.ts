import type { Arrays, Values } from "../trainable.js";
import { flatten, type Movement, type Optimizer, takeScalars, unflatten, zerosLike } from "./optimizer.js";

export interface AdamWOptions {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled: x -= lr * weight_decay * x, apart from the gradient. */
  readonly weight_decay: number;
}

const SLOTS = ["mean", "square"] as const;
const STEPS = "steps";

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019, Algorithm 2). Sums are float64. */
export class AdamW implements Optimizer {
  readonly #options: AdamWOptions;
  #steps = 0;
  #slots = new Map<string, { readonly mean: Values; readonly square: Values }>();

  constructor(options: AdamWOptions) {
    this.#options = options;
  }

  step(parameters: Arrays, gradient: Arrays): Movement {
    const { lr, beta1, beta2, epsilon, weight_decay } = this.#options;
    this.#steps += 1;
    const meanCorrection = 1 - beta1 ** this.#steps;
    const squareCorrection = 1 - beta2 ** this.#steps;
    let largestMove = 0;
    for (const [name, x] of parameters) {
      const g = gradient.get(name);
      const { mean, square } = this.#slotsOf(name, x);
      for (let i = 0; i < x.length; i += 1) {
        const gi = g?.[i] ?? 0;
        mean[i] = beta1 * mean[i]! + (1 - beta1) * gi;
        square[i] = beta2 * square[i]! + (1 - beta2) * gi * gi;
        const direction = mean[i]! / meanCorrection / (Math.sqrt(square[i]! / squareCorrection) + epsilon);
        const before = x[i]!;
        x[i] = before - lr * (direction + weight_decay * before);
        largestMove = Math.max(largestMove, Math.abs(x[i]! - before));
      }
    }
    return { largestMove };
  }

  #slotsOf(name: string, x: Values): { readonly mean: Values; readonly square: Values } {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const fresh = { mean: zerosLike(x), square: zerosLike(x) };
    this.#slots.set(name, fresh);
    return fresh;
  }

  state(): Arrays {
    const slots = new Map(
      [...this.#slots].map(([name, { mean, square }]) => [
        name,
        new Map([
          ["mean", mean],
          ["square", square],
        ]),
      ]),
    );
    return new Map([[STEPS, Float64Array.of(this.#steps)], ...flatten(slots)]);
  }

  restore(state: Arrays): string | undefined {
    const kept = takeScalars(state, [STEPS]);
    if (typeof kept === "string") return kept;
    const slots = unflatten(kept.rest, SLOTS);
    if (typeof slots === "string") return slots;
    [this.#steps] = kept.scalars as [number];
    this.#slots = new Map(
      [...slots].map(([name, arrays]) => [
        name,
        { mean: arrays.get("mean")!, square: arrays.get("square")! },
      ]),
    );
    return undefined;
  }
}
