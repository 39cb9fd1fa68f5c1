import type { Arrays } from "../trainable.js";
import { type Movement, type Optimizer, takeScalars } from "./optimizer.js";
import { Slots, zerosLike } from "./slots.js";

export interface AdamWOptions {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled: x -= lr * weight_decay * x, apart from the gradient. */
  readonly weight_decay: number;
}

const STEPS = "steps";

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019, Algorithm 2). Sums are float64. */
export class AdamW implements Optimizer {
  readonly #options: AdamWOptions;
  #steps = 0;
  readonly #slots = new Slots((x) => ({ mean: zerosLike(x), square: zerosLike(x) }));

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
      const { mean, square } = this.#slots.of(name, x);
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

  state(): Arrays {
    return new Map([[STEPS, Float64Array.of(this.#steps)], ...this.#slots.state()]);
  }

  restore(state: Arrays): string | undefined {
    const kept = takeScalars(state, [STEPS]);
    if (typeof kept === "string") return kept;
    const problem = this.#slots.restore(kept.rest);
    if (problem !== undefined) return problem;
    [this.#steps] = kept.scalars as [number];
    return undefined;
  }
}
