import type { Term } from "./trainable.js";

/** One term of an agent's loss: what is scored, and how much that counts. Plain JSON. */
export type LossTerm = PreferenceTerm | LogProbTerm | UnpairedTerm;

/** A preference between two outputs, see `preferenceLoss`. */
export interface PreferenceTerm extends Required<Term> {
  readonly loss: "preference";
  readonly agent: string;
  /** Factor of its part of the loss, > 0. */
  readonly weight: number;
}

/** An output whose log-probability is raised or lowered, see `logProbLoss`. */
export interface LogProbTerm extends Omit<Term, "rejected"> {
  readonly loss: "log-prob";
  readonly agent: string;
  /** Raised if > 0, lowered if < 0. */
  readonly weight: number;
  /** Factor of the penalty on leaving the reference, >= 0. */
  readonly kl: number;
  /** Of an output that another policy has drawn. */
  readonly importance?: Importance;
}

/** How an output that another policy has drawn counts for this one. */
export interface Importance {
  /** l under the policy that has drawn it; finite. */
  readonly drawn: number;
  /** Where the ratio of the two probabilities is cut off, > 0. */
  readonly cap: number;
}

/** An output that is held to be good or bad by itself, see `unpairedLoss`. */
export interface UnpairedTerm extends Omit<Term, "rejected"> {
  readonly loss: "unpaired";
  readonly agent: string;
  /** Good if > 0, bad if < 0; its size is the factor of its part of the loss. */
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

/**
 * A weighted log-probability, and a penalty on leaving the reference: -w l + (kl / 2) (l - ref)^2. Weights come divided by
 * what they are means over.
 *
 * With w = 1 it is cross-entropy; with an output that was drawn and w its advantage, a sample of the policy gradient
 * (REINFORCE, Williams 1992). Of drawn outputs the penalty's gradient is in the mean that of the divergence KL(policy ||
 * reference) at the choice point (Schulman's k2), since the mean of a log-probability's gradient is zero.
 */
export function logProbLoss(
  logProb: number,
  reference: number,
  { weight, kl, importance }: Pick<LogProbTerm, "weight" | "kl" | "importance">,
): LossPart {
  const [value, ratio] = importance === undefined ? [logProb, 1] : weighed(logProb, importance);
  if (kl === 0) return { loss: -weight * value, slope: -weight * ratio };
  const beyond = logProb - reference;
  return { loss: -weight * value + (kl / 2) * beyond * beyond, slope: -weight * ratio + kl * beyond };
}

/**
 * Truncated importance sampling (Ionides 2008): the gradient of an output's log-probability counts min(cap, r) times, r
 * being how many times as probable the output is now as when it was drawn.
 *
 * @returns what that is the gradient of, r up to the cap and cap (1 + log(r / cap)) beyond, and min(cap, r)
 */
function weighed(logProb: number, { drawn, cap }: Importance): readonly [value: number, ratio: number] {
  const beyond = logProb - drawn - Math.log(cap);
  if (beyond > 0) return [cap * (1 + beyond), cap];
  const ratio = cap * Math.exp(beyond);
  return [ratio, ratio];
}

/**
 * Kahneman-Tversky optimisation (arXiv 2402.01306, eq. 8), for outputs without one to compare with:
 * (1/n) w (1 - sigmoid(s beta ((l - ref) - z0))), s being 1 of a good output and -1 of a bad one, in float64.
 *
 * @param anchor z0: how far the policy has left the reference, see `anchorOf`; no gradient flows through it
 * @param n the agent's terms in the update
 */
export function unpairedLoss(
  logProb: number,
  reference: number,
  weight: number,
  beta: number,
  n: number,
  anchor: number,
): LossPart {
  const sign = weight < 0 ? -1 : 1;
  const value = sigmoid(sign * beta * (logProb - reference - anchor));
  return { loss: (Math.abs(weight) * (1 - value)) / n, slope: (-weight * beta * value * (1 - value)) / n };
}

/**
 * z0 of `unpairedLoss`: KL(policy || reference), at least 0, as the mean of l - ref over outputs that the policy has
 * drawn itself. The paper, whose outputs are not the policy's, takes those of other inputs of the batch.
 */
export function anchorOf(logProbs: Float64Array, references: Float64Array): number {
  const sum = logProbs.reduce((total, logProb, i) => total + logProb - references[i]!, 0);
  return Math.max(0, sum / logProbs.length);
}

/** What parts of a loss depend on besides their terms. */
export interface LossContext {
  readonly beta: number;
  readonly smoothing: number;
  /** The agent's terms in the update. */
  readonly n: number;
  /** Of unpaired terms. */
  readonly anchor: number;
}

/** A term's part of the loss. */
export function partOf(term: LossTerm, margin: number, reference: number, context: LossContext): LossPart {
  const { beta, smoothing, n, anchor } = context;
  switch (term.loss) {
    case "preference":
      return preferenceLoss(margin, reference, term.weight, beta, n, smoothing);
    case "log-prob":
      return logProbLoss(margin, reference, term);
    case "unpaired":
      return unpairedLoss(margin, reference, term.weight, beta, n, anchor);
  }
}
