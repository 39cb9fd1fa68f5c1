import type { BatchTerm } from "./batch.js";
import { anchorOf, type LossContext, type LossTerm, partOf } from "./loss.js";
import { clipGradient, gradientSize, type Movement, type Optimizer } from "./optimizer/index.js";
import type { Clip } from "./optimizer/settings.js";
import type { Settings } from "./settings.js";
import type { Trainable } from "./trainable.js";

export interface UpdateOptions {
  readonly beta: number;
  readonly loss: Settings["loss"];
  readonly clip: Clip;
}

export interface UpdateReport extends Movement {
  /** Terms: pairs, or outputs by themselves. */
  readonly pairs: number;
  /** Before the step. */
  readonly loss: number;
  /** Share of terms whose margin is beyond the reference's on the side on which the loss wants it, before the step. */
  readonly accuracy: number;
  /** By how much, in nats: the mean of margin minus reference margin, taken the other way round where it is to fall. */
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
  options: Pick<UpdateOptions, "beta" | "loss">,
): readonly BatchTerm[] {
  const context = contextOf(terms, margins, referenceMargins, options);
  return terms.map((term, i) => {
    const [margin, referenceMargin] = [margins[i]!, referenceMargins[i]!];
    return { term, margin, referenceMargin, ...partOf(term, margin, referenceMargin, context) };
  });
}

function contextOf(
  terms: readonly LossTerm[],
  margins: Float64Array | undefined,
  referenceMargins: Float64Array,
  { beta, loss }: Pick<UpdateOptions, "beta" | "loss">,
): LossContext {
  const anchor = margins === undefined ? 0 : anchorOf(margins, referenceMargins);
  return { beta, smoothing: loss.label_smoothing, n: terms.length, anchor };
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
  // What is common to all terms must be known before the first slope.
  const begun = terms.some((term) => term.loss === "unpaired")
    ? await trainable.margins(agent, terms, "trained")
    : undefined;
  const context = contextOf(terms, begun, referenceMargins, options);
  const slope = (i: number, margin: number) => partOf(terms[i]!, margin, referenceMargins[i]!, context).slope;
  const { margins, gradient } = await trainable.gradient(agent, terms, slope);
  const parts = batchTerms(terms, margins, referenceMargins, options);
  const beyond = parts.map(({ term, margin, referenceMargin }) =>
    term.weight < 0 ? referenceMargin - margin : margin - referenceMargin,
  );
  const size = gradientSize(gradient);
  const report = {
    pairs: terms.length,
    loss: lossOf(parts),
    accuracy: beyond.filter((by) => by > 0).length / terms.length,
    advantage: beyond.reduce((sum, by) => sum + by / terms.length, 0),
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
