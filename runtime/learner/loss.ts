import type { Term } from "./trainable.js";

/** One term of an agent's loss: what is scored, and how much that counts. Plain JSON. */
export interface LossTerm extends Term {
  readonly agent: string;
  /** Factor of its part of the loss, > 0. */
  readonly weight: number;
}

/** log(1 + exp(x)) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** 1 / (1 + exp(-x)) without overflow. */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** One term's part of a loss, and its derivative with respect to the trained margin. */
export interface LossPart {
  readonly loss: number;
  readonly slope: number;
}

/**
 * Direct preference optimisation weighted by the reward gap (arXiv 2406.04516):
 * -(1/n) D log sigmoid(z) with z = beta ((chosen - rejected) - (ref_chosen - ref_rejected)), in float64.
 *
 * With label smoothing e it holds a preference to be the other way round with that probability (conservative DPO,
 * Mitchell 2023): -(1/n) D ((1 - e) log sigmoid(z) + e log sigmoid(-z)). Its slope vanishes where sigmoid(z) = 1 - e, so
 * that a pair draws its margin no further.
 *
 * @param weight D > 0, capped if it is to be
 * @param n the agent's terms in the update
 * @param smoothing e in [0, 0.5)
 */
export function preferenceLoss(
  margin: number,
  referenceMargin: number,
  weight: number,
  beta: number,
  n: number,
  smoothing = 0,
): LossPart {
  const z = beta * (margin - referenceMargin);
  const against = smoothing === 0 ? 0 : smoothing * softplus(z);
  return {
    loss: (weight * ((1 - smoothing) * softplus(-z) + against)) / n,
    slope: (-weight * beta * (sigmoid(-z) - smoothing)) / n,
  };
}
