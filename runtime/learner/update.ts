import { type LossTerm, preferenceLoss } from "./loss.js";
import { clipGradient, gradientSize, type Movement, type Optimizer } from "./optimizer/index.js";
import type { Clip, Settings } from "./settings.js";
import type { Trainable } from "./trainable.js";

/** Something about an update that a person should look at. */
export type Alarm =
  /** Every coordinate's gradient is zero: nothing was learned. */
  | { readonly kind: "no-gradient" }
  /** The loss or a gradient is not finite: the step was skipped. */
  | { readonly kind: "not-finite"; readonly loss: number; readonly gradient: number }
  /** One step moved a parameter further than the settings' limit. */
  | { readonly kind: "large-move"; readonly move: number; readonly limit: number };

export interface UpdateOptions {
  readonly beta: number;
  readonly loss: Settings["loss"];
  readonly clip: Clip;
  readonly largestMove: number;
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
  readonly alarm: Alarm | undefined;
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
): Promise<UpdateReport> {
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
    return { ...report, largestMove: 0, alarm: { kind: "not-finite", loss, gradient: size.two } };
  }
  clipGradient(gradient, size, options.clip);
  const movement = optimizer.step(trainable.parameters(agent), gradient);
  await trainable.changed(agent);
  const alarm = alarmOf(size.inf, movement.largestMove, options.largestMove);
  return { ...report, ...movement, alarm };
}

function alarmOf(gradient: number, move: number, limit: number): Alarm | undefined {
  if (gradient === 0) return { kind: "no-gradient" };
  return move > limit ? { kind: "large-move", move, limit } : undefined;
}
