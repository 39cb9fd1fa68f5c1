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
  const part = (i: number, margin: number) =>
    preferenceLoss(
      margin,
      referenceMargins[i]!,
      terms[i]!.weight,
      options.beta,
      terms.length,
      options.loss.label_smoothing,
    );
  const { margins, gradient } = await trainable.gradient(agent, terms, (i, margin) => part(i, margin).slope);
  let loss = 0;
  let above = 0;
  let advantage = 0;
  for (const [i, margin] of margins.entries()) {
    loss += part(i, margin).loss;
    if (margin > referenceMargins[i]!) above += 1;
    advantage += (margin - referenceMargins[i]!) / terms.length;
  }
  const size = gradientSize(gradient);
  const report = {
    pairs: terms.length,
    loss,
    accuracy: above / terms.length,
    advantage,
    gradientInf: size.inf,
    gradientTwo: size.two,
  };
  if (!Number.isFinite(loss) || !Number.isFinite(size.two)) {
    const broken = terms.map((term, i): BatchTerm => {
      const margin = margins[i]!;
      return { term, margin, referenceMargin: referenceMargins[i]!, ...part(i, margin) };
    });
    return { report: { ...report, largestMove: 0 }, broken };
  }
  clipGradient(gradient, size, options.clip);
  const movement = optimizer.step(trainable.parameters(agent), gradient);
  await trainable.changed(agent);
  return { report: { ...report, ...movement }, broken: undefined };
}
