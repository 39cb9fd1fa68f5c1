import type { Tried } from "./alternatives.js";
import { checkReply } from "./decide.js";
import type { Desk } from "./desk.js";
import { type Alternative, choiceAt } from "./episode.js";
import { SearchError } from "./error.js";
import type { Query } from "./ports/policy.js";
import { decodingOf, drawReply, type Noise, type Sampling } from "./sampling.js";

/** How outputs are drawn at the choice points of finished episodes. */
export interface SiblingBudget extends Omit<Sampling, "sample"> {
  /** Outputs drawn at each choice point, each by itself: equal ones are not dropped. */
  readonly count: number;
}

/**
 * Outputs drawn from the policy at choice points of finished episodes, whatever these decided there.
 *
 * @param lose is told of a text that does not fit, and of which choice point it is
 */
export async function siblings(
  desk: Desk,
  tried: readonly Tried[],
  { count, ...sampling }: SiblingBudget,
  lose: (error: SearchError, index: number) => void,
): Promise<readonly (readonly Alternative[])[]> {
  const draws = tried.flatMap((at) =>
    Array.from({ length: count }, (_, k) => ({ ...at, noise: noiseOf(at, k, count, sampling) })),
  );
  const isAsked = ({ episode, step }: Tried) => choiceAt(episode, step).kind === "generate";
  const queries = draws.filter(isAsked).map(({ episode, step: index, noise }): Query => {
    const [request] = choiceAt(episode, index).requests;
    return { request: request!, decoding: decodingOf(request!, noise), affinity: episode.task.id };
  });
  const outputs = await desk.ask(queries);
  let next = 0;
  const drawn = draws.map((at, i): readonly Alternative[] => {
    const step = choiceAt(at.episode, at.step);
    if (!isAsked(at)) return [{ reply: drawReply(step.requests, step.outputs, at.noise) }];
    const output = outputs[next]!;
    next += 1;
    try {
      checkReply(step.requests[0]!, output, at.episode.task.id);
    } catch (thrown) {
      if (!(thrown instanceof SearchError)) throw thrown;
      lose(thrown, Math.floor(i / count));
      return [];
    }
    return [{ reply: output.reply, output }];
  });
  return tried.map((_, i) => drawn.slice(i * count, (i + 1) * count).flat());
}

function noiseOf(
  { episode }: Tried,
  index: number,
  count: number,
  sampling: Omit<Sampling, "sample">,
): Noise {
  const { seed, epoch, task, sampling: own } = episode;
  const sample = (own?.sample ?? 0) * count + index;
  return { seed, epoch, task: task.id, purpose: "sibling", sampling: { ...sampling, sample } };
}
