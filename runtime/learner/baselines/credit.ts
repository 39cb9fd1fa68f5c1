import { type ChoiceStep, type Episode, isChoice, type Sampling, shown } from "../../search/index.js";
import type { Signal } from "../algorithm.js";
import type { CreditEvent } from "../events.js";
import type { LogProbTerm, LossTerm, UnpairedTerm } from "../loss.js";
import { probabilityOf } from "../scored.js";
import type { Settings } from "../settings.js";

/** How much better one output was than what could be expected there. */
export interface Credit {
  readonly episode: Episode;
  readonly step: ChoiceStep;
  readonly advantage: number;
  /** What it counts in the mean that the loss is. */
  readonly share: number;
  /** The probability with which this choice point was looked at. */
  readonly probability: number;
}

/** Terms of a policy gradient. Where nothing is to be gained, and no reference to stay near, there is none. */
export function policyGradient(credits: readonly Credit[], kl: number, rollouts: number): Signal {
  return signalOf(credits, rollouts, (credit) =>
    credit.advantage === 0 && kl === 0 ? undefined : logProbTerm(credit, kl),
  );
}

export function logProbTerm({ step, advantage, share }: Credit, kl: number): LogProbTerm {
  return {
    loss: "log-prob",
    agent: step.agent,
    chosen: probabilityOf(step),
    weight: advantage * share,
    kl: kl * share,
  };
}

/** Good where the reward was above what could be expected, bad where it was below. */
export function unpairedTerm({ step, advantage }: Credit): UnpairedTerm | undefined {
  if (advantage === 0) return undefined;
  return { loss: "unpaired", agent: step.agent, chosen: probabilityOf(step), weight: advantage };
}

/** Choice points of an episode at which agents decided that are trained. */
export function callsOf({ steps }: Episode, agents: ReadonlySet<string>): readonly ChoiceStep[] {
  return steps.filter(isChoice).filter(({ agent }) => agents.has(agent));
}

/** @param rollouts that were played to get there */
export function signalOf(
  credits: readonly Credit[],
  rollouts: number,
  termOf: (credit: Credit) => LossTerm | undefined,
): Signal {
  const terms: LossTerm[] = [];
  const told: Omit<CreditEvent, "round">[] = [];
  for (const credit of credits) {
    const term = termOf(credit);
    if (term === undefined) continue;
    terms.push(term);
    told.push(tell(credit));
  }
  return { terms, told, ties: credits.length - terms.length, deviations: rollouts };
}

function tell({ episode, step, advantage, probability }: Credit): Omit<CreditEvent, "round"> {
  const { agent, point, reply } = step;
  const { task, epoch, sampling } = episode;
  const drawn = sampling === undefined ? {} : { sample: sampling.sample };
  const said = shown(reply);
  return { type: "credit", agent, point, task: task.id, epoch, ...drawn, advantage, probability, said };
}

/** How a run's settings say that episodes are drawn. */
export function samplingOf(
  { temperature, top_k: topK, top_p: topP }: Pick<Settings, "temperature" | "top_k" | "top_p">,
  sample: number,
): Sampling {
  return { temperature, topK, topP, sample };
}
