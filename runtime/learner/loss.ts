/** log(1 + exp(x)) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** 1 / (1 + exp(-x)) without overflow. */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** One pair's part of a loss, and its derivative with respect to the trained margin. */
export interface LossPart {
  readonly loss: number;
  readonly slope: number;
}

/**
 * Direct preference optimisation weighted by the reward gap (arXiv 2406.04516):
 * -(1/n) D log sigmoid(beta ((chosen - rejected) - (ref_chosen - ref_rejected))), in float64.
 *
 * @param gap D > 0
 * @param n the agent's pairs in the update
 */
export function preferenceLoss(
  margin: number,
  referenceMargin: number,
  gap: number,
  beta: number,
  n: number,
): LossPart {
  const z = beta * (margin - referenceMargin);
  return { loss: (gap * softplus(-z)) / n, slope: (-gap * beta * sigmoid(-z)) / n };
}
