import type { BatchTerm } from "./batch.js";
import { type LossTerm, preferenceLoss } from "./loss.js";
import { clipGradient, gradientSize, type Movement, type Optimizer } from "./optimizer/index.js";
import type { Clip, Settings } from "./settings.js";
import type { Trainable } from "./trainable.js";

export interface UpdateOptions {
  readonly beta: number;
  readonly loss: Settings["loss"];
  readonly clip: Clip;
}

export interface UpdateReport extends Movement {
  readonly pairs: number;
  /** Before the step. */
  readonly loss: number;
  /** Share of pairs whose margin is above the reference's, before the step. */
  readonly accuracy: number;
  /** Mean of margin minus reference margin, in nats, before the step. */
  readonly advantage: number;
  /** Norms of the gradient before clipping. */
  readonly gradientInf: number;
  readonly gradientTwo: number;
}

export interface Update {
  readonly report: UpdateReport;
  /** The batch, if its loss or a gradient was not finite, so that no step was taken; otherwise undefined. */
  readonly broken: readonly BatchTerm[] | undefined;
}

/** What each term's part of the loss comes from. */
export function batchTerms(
  terms: readonly LossTerm[],
  margins: Float64Array,
  referenceMargins: Float64Array,
  { beta, loss }: Pick<UpdateOptions, "beta" | "loss">,
): readonly BatchTerm[] {
  return terms.map((term, i) => {
    const [margin, referenceMargin] = [margins[i]!, referenceMargins[i]!];
    const { weight } = term;
    const part = preferenceLoss(margin, referenceMargin, weight, beta, terms.length, loss.label_smoothing);
    return { term, margin, referenceMargin, ...part };
  });
}

export function lossOf(parts: readonly BatchTerm[]): number {
  return parts.reduce((sum, { loss }) => sum + loss, 0);
}

/**
 * One optimizer step of one agent over its terms of the round.
 *
 * @param referenceMargins in the order of the terms
 */
export async function updateAgent(
  trainable: Trainable,
  agent: string,
  terms: readonly LossTerm[],
  referenceMargins: Float64Array,
  optimizer: Optimizer,
  options: UpdateOptions,
): Promise<Update> {
  const {
    beta,
    loss: { label_smoothing },
  } = options;
  const slope = (i: number, margin: number) =>
    preferenceLoss(margin, referenceMargins[i]!, terms[i]!.weight, beta, terms.length, label_smoothing).slope;
  const { margins, gradient } = await trainable.gradient(agent, terms, slope);
  const parts = batchTerms(terms, margins, referenceMargins, options);
  const above = parts.filter(({ margin, referenceMargin }) => margin > referenceMargin).length;
  const size = gradientSize(gradient);
  const report = {
    pairs: terms.length,
    loss: lossOf(parts),
    accuracy: above / terms.length,
    advantage: parts.reduce(
      (sum, { margin, referenceMargin }) => sum + (margin - referenceMargin) / terms.length,
      0,
    ),
    gradientInf: size.inf,
    gradientTwo: size.two,
  };
  if (!Number.isFinite(report.loss) || !Number.isFinite(size.two))
    return { report: { ...report, largestMove: 0 }, broken: parts };
  clipGradient(gradient, size, options.clip);
  const movement = optimizer.step(trainable.parameters(agent), gradient);
  await trainable.changed(agent);
  return { report: { ...report, ...movement }, broken: undefined };
}
