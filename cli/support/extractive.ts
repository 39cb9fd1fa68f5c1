import { type ChoiceStep, type Episode, isChoice, type Search } from "../../runtime/search/index.js";
import { extractiveAnswer, isLiteral, outcomeOf } from "../../runtime/simulator/index.js";
import type { Answered } from "./answered.js";

/**
 * Makes answers ones that stand in the paragraphs which they rely on; see `extractiveAnswer`. Further guesses are what becomes of
 * an episode when the text before its last one, which is the draft of the flows over MuSiQue questions, is another that a beam
 * search finds.
 *
 * @param guesses answers that vote, the episode's own included
 * @returns those of the answers that are others now
 */
export async function extracted(
  search: Search,
  answered: readonly Answered[],
  guesses: number,
): Promise<readonly Answered[]> {
  const loose = answered.filter(
    ({ row, result }) => !isLiteral(outcomeOf(result).answer, textsOf(row, result)),
  );
  const others = guesses === 1 ? new Map<string, string[]>() : await otherAnswers(search, loose, guesses);
  return loose.flatMap((each) => {
    const { task, row, result } = each;
    const { answer } = outcomeOf(result);
    const found = extractiveAnswer([answer, ...(others.get(task.id) ?? [])], textsOf(row, result));
    return found === answer ? [] : [{ ...each, result: { ...(result as object), answer: found } }];
  });
}

/** Texts of the paragraphs that a result names. */
function textsOf({ paragraphs }: Answered["row"], result: Answered["result"]): readonly string[] {
  const support = new Set(outcomeOf(result).support);
  return paragraphs.filter(({ idx }) => support.has(idx)).map(({ body }) => body);
}

/** By task, what episodes would have answered with other texts before their last ones. */
async function otherAnswers(
  search: Search,
  answered: readonly Answered[],
  guesses: number,
): Promise<ReadonlyMap<string, string[]>> {
  const tried = answered.flatMap(({ episode }) => {
    const step = episode === undefined ? undefined : draftOf(episode);
    return episode === undefined || step === undefined ? [] : [{ episode, step }];
  });
  const steps = new Map(tried.map(({ episode, step }) => [episode, step]));
  const deviations = await search.deviate(
    tried.map(({ episode }) => episode),
    {
      agents: new Set(tried.map(({ episode, step }) => (episode.steps[step] as ChoiceStep).agent)),
      // The first group of a diverse beam is greedy: it is the episode's own text.
      ...{ method: "diverse-beam", draws: guesses, generate: guesses - 1, choose: 0, pick: 0 },
      ...{ temperature: 1, topP: 1, share: 1 },
    },
  );
  const found = new Map<string, string[]>();
  for (const { episode, step, result } of deviations) {
    if (steps.get(episode) !== step) continue;
    const { id } = episode.task;
    found.set(id, [...(found.get(id) ?? []), outcomeOf(result).answer]);
  }
  return found;
}

/** Index of the last text but one that an episode wrote, or of the only one. */
function draftOf({ steps }: Episode): number | undefined {
  const texts = steps.flatMap((step, i) => (isChoice(step) && step.kind === "generate" ? [i] : []));
  return texts.at(-2) ?? texts.at(-1);
}
