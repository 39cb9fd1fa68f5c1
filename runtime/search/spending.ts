import type { AlternativeBudget } from "./alternatives.js";
import { type ChoiceStep, type Episode, isChoice, type Step } from "./episode.js";

/** At how many of its choice points an episode is tried otherwise. */
export interface Spending {
  /** Probability with which a choice point is tried, in (0, 1]. */
  readonly share: number;
  /** What single sites get of that, by their ids, in (0, 1]; 1 where nothing is said. */
  readonly shareAt?: ReadonlyMap<string, number>;
  /**
   * Model tokens that the deviations of one episode may take, as far as that is known beforehand, see `expectedTokens`: in
   * episodes that would take more all probabilities are lowered alike.
   */
  readonly tokensPerEpisode?: number;
}

/**
 * With which probability each step of an episode is tried; 0 for effects and for what `isOpen` says no to. A function of
 * the episode alone, so that it can be told with every preference.
 */
export function probabilities(
  episode: Pick<Episode, "steps">,
  isOpen: (step: ChoiceStep) => boolean,
  {
    share,
    shareAt,
    tokensPerEpisode = Number.POSITIVE_INFINITY,
    ...alternatives
  }: Spending & AlternativeBudget,
): readonly number[] {
  const { steps } = episode;
  const wanted = steps.map((step) =>
    isChoice(step) && isOpen(step) ? share * (shareAt?.get(step.site) ?? 1) : 0,
  );
  if (tokensPerEpisode === Number.POSITIVE_INFINITY) return wanted;
  const tokens = expectedTokens(steps, alternatives);
  const sum = wanted.reduce((total, probability, i) => total + probability * tokens[i]!, 0);
  return sum <= tokensPerEpisode
    ? wanted
    : wanted.map((probability) => (probability * tokensPerEpisode) / sum);
}

/** Characters of a token, more or less. */
const CHARACTERS = 4;
/** Of an answer that is one of some labels, end token included. */
const LABEL = 2;

/**
 * Model tokens that trying a step otherwise is expected to take: of each of its alternatives all that came after it in
 * the episode, prompts and outputs; and of texts the draws that find them. What caches spare is not known beforehand.
 */
export function expectedTokens(steps: readonly Step[], budget: AlternativeBudget): readonly number[] {
  const expected = new Array<number>(steps.length).fill(0);
  let after = 0;
  for (let i = steps.length - 1; i >= 0; i -= 1) {
    const step = steps[i]!;
    if (!isChoice(step)) continue;
    const own = tokensOf(step);
    const draws = step.kind === "generate" ? budget.draws * own : 0;
    expected[i] = alternativesOf(step, budget) * after + draws;
    after += own;
  }
  return expected;
}

function tokensOf({ requests, outputs }: ChoiceStep): number {
  return requests.reduce((sum, { system, user }, i) => {
    const output = outputs[i]?.ids?.length ?? LABEL;
    return sum + (system.length + user.length) / CHARACTERS + output;
  }, 0);
}

/** At most. */
function alternativesOf({ kind, requests }: ChoiceStep, budget: AlternativeBudget): number {
  switch (kind) {
    case "generate":
      return budget.generate;
    case "choose": {
      const { ask } = requests[0]!;
      return Math.min(budget.choose, ask.kind === "choose" ? ask.labels.length - 1 : 0);
    }
    case "pick":
      return Math.min(budget.pick, requests.length - 1);
  }
}
