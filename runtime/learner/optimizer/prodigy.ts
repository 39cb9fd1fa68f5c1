import type { Arrays, Values } from "../trainable.js";
import { type Movement, type Optimizer, takeScalars } from "./optimizer.js";
import { type Slot, Slots, zerosLike } from "./slots.js";

export interface ProdigyOptions {
  /** First estimate of the distance to a solution; small. */
  readonly d0: number;
  /** Factor on every later estimate: what to turn if steps are to be smaller or larger. */
  readonly d_coef: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Whether steps are corrected for averages that began at 0, as Adam's are. */
  readonly bias_correction: boolean;
  /** Decoupled, as in AdamW: x -= d * weight_decay * x. */
  readonly weight_decay: number;
}

/**
 * mean: m / d0; square: v / d0^2; weighted: s / d0^2; origin: x0. In units of d0, so that float32 holds the squares of
 * small gradients times d^2.
 */
const fresh = (x: Values) => ({
  mean: zerosLike(x),
  square: zerosLike(x),
  weighted: zerosLike(x),
  origin: x.slice(),
});
type Own = Slot<keyof ReturnType<typeof fresh>>;
const SCALARS = ["distance", "numerator", "steps"] as const;

/**
 * Adam whose step size is an estimate d of the distance from the start x0 to a solution, without a learning rate:
 * Prodigy (Mishchenko and Defazio, "Prodigy: An Expeditiously Adaptive Parameter-Free Learner", arXiv 2306.06101, the
 * Adam variant). With gradient g, b = sqrt(beta2) and step size c:
 *
 *     m = beta1 m + (1 - beta1) d g;  v = beta2 v + (1 - beta2) d^2 g^2
 *     r = b r + (1 - b) c d^2 <g, x0 - x>;  s = b s + (1 - b) c d^2 g
 *     x = x - c d m / (sqrt(v) + d epsilon);  d = max(d, d_coef r / |s|_1)
 *
 * With bias correction c = sqrt(1 - beta2^k) / (1 - beta1^k) in step k, otherwise 1. Then v, which begins at 0, is too
 * small for the first 1 / (1 - beta2) steps and more, so that a step may be several times d: in a run of some hundred
 * updates, too far for adapters.
 *
 * For convex losses r / |s|_1 is never larger than the distance in any coordinate, so d grows up to what is
 * needed and no further. Scaling all gradients changes nothing, up to epsilon. Sums over an agent's parameters are
 * float64, in the order of their names; the state is kept in the parameters' precision.
 */
export class Prodigy implements Optimizer {
  readonly #options: ProdigyOptions;
  #distance: number;
  /** r / d0^2. */
  #numerator = 0;
  #steps = 0;
  readonly #slots = new Slots(fresh);

  constructor(options: ProdigyOptions) {
    this.#options = options;
    this.#distance = options.d0;
  }

  step(parameters: Arrays, gradient: Arrays): Movement {
    const { d0, d_coef, beta2 } = this.#options;
    this.#steps += 1;
    const decay = Math.sqrt(beta2);
    const stepSize = this.#stepSize();
    const weight = (1 - decay) * stepSize * (this.#distance / d0) ** 2;
    let correlation = 0;
    let size = 0;
    let largestMove = 0;
    for (const [name, x] of parameters) {
      const g = gradient.get(name);
      const slots = this.#slots.of(name, x);
      const { weighted, origin } = slots;
      for (let i = 0; i < x.length; i += 1) {
        const gi = g?.[i] ?? 0;
        correlation += gi * (origin[i]! - x[i]!);
        weighted[i] = decay * weighted[i]! + weight * gi;
        size += Math.abs(weighted[i]!);
      }
      largestMove = Math.max(largestMove, this.#move(x, g, slots, stepSize));
    }
    this.#numerator = decay * this.#numerator + weight * correlation;
    // Without a gradient so far there is nothing to estimate from.
    if (size > 0) this.#distance = Math.max(this.#distance, (d_coef * this.#numerator) / size);
    return { largestMove, distance: this.#distance };
  }

  #stepSize(): number {
    const { beta1, beta2, bias_correction } = this.#options;
    return bias_correction ? Math.sqrt(1 - beta2 ** this.#steps) / (1 - beta1 ** this.#steps) : 1;
  }

  #move(x: Values, g: Values | undefined, { mean, square }: Own, stepSize: number): number {
    const { d0, beta1, beta2, epsilon, weight_decay } = this.#options;
    const d = this.#distance;
    const unit = d / d0;
    let largestMove = 0;
    for (let i = 0; i < x.length; i += 1) {
      const scaled = unit * (g?.[i] ?? 0);
      mean[i] = beta1 * mean[i]! + (1 - beta1) * scaled;
      square[i] = beta2 * square[i]! + (1 - beta2) * scaled * scaled;
      const direction = mean[i]! / (Math.sqrt(square[i]!) + unit * epsilon);
      const before = x[i]!;
      x[i] = before - stepSize * d * (direction + weight_decay * before);
      largestMove = Math.max(largestMove, Math.abs(x[i]! - before));
    }
    return largestMove;
  }

  state(): Arrays {
    const scalars = [this.#distance, this.#numerator, this.#steps].map(
      (value, i) => [SCALARS[i]!, Float64Array.of(value)] as const,
    );
    return new Map<string, Values>([...scalars, ...this.#slots.state()]);
  }

  restore(state: Arrays): string | undefined {
    const kept = takeScalars(state, SCALARS);
    if (typeof kept === "string") return kept;
    const problem = this.#slots.restore(kept.rest);
    if (problem !== undefined) return problem;
    [this.#distance, this.#numerator, this.#steps] = kept.scalars as [number, number, number];
    return undefined;
  }
}
