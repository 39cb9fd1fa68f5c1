import type { FlowModule, Json, Reply, Request, Site } from "../machine/index.js";
import type { Answer } from "./ports/policy.js";
import type { Task } from "./ports/simulator.js";

/** What a policy answered, without what it cost: the cost depends on caches, the output does not. */
export type Output = Omit<Answer, "tokens">;

/** One decided choice point of an episode. */
export interface Step {
  /** The choice point's id. */
  readonly point: string;
  /** The static site's id. */
  readonly site: string;
  readonly agent: string;
  readonly kind: Site["kind"];
  /** One request, or one per candidate of a pick. */
  readonly requests: readonly Request[];
  /** The answers to the requests, in their order. */
  readonly outputs: readonly Output[];
  /** What was decided, addressed to the choice point: a text, a label, or the candidate of a pick. */
  readonly reply: Reply;
  /** The state that asked. Kept by reference: states share structure. */
  readonly before: Json;
  /**
   * Index among the choice points that this state asked at once: 0 for the first, and always 0 outside
   * `parallel` parts. Steps of one state follow one another in source order.
   */
  readonly lane: number;
}

/** A finished rollout: everything that is needed to stand at any of its choice points again. */
export interface Episode {
  readonly seed: number;
  /** Pass over the tasks, from 0; part of every random key. */
  readonly epoch: number;
  readonly task: Task;
  readonly steps: readonly Step[];
  readonly result: Json;
}

/** An episode as JSON text. Equal episodes give equal bytes. */
export function serializeEpisode(episode: Episode): string {
  const { seed, epoch, task, steps, result } = episode;
  return JSON.stringify({
    seed,
    epoch,
    task: task.id,
    steps: steps.map((step) => [
      step.point,
      step.site,
      step.agent,
      step.kind,
      step.lane,
      step.requests,
      step.outputs.map((o) => [o.reply, o.ids ?? null, o.logProb, o.labelLogProbs ?? null]),
      step.reply,
      step.before,
    ]),
    result,
  });
}

/** What one choice point may decide instead: the reply, and for sampled text the output that it came with. */
export interface Alternative {
  readonly reply: Reply;
  /** The sampled output of a generate site, which a learner must be able to score. */
  readonly output?: Output;
}

/** A state on another path, and the steps that lead to it. */
export interface Fork {
  readonly state: Json;
  /** The episode's steps up to the fork, with the other decision in place. */
  readonly steps: readonly Step[];
}

/**
 * Stands at a choice point of a finished episode with another reply. Nothing before it runs again; what the same
 * state asked beside it keeps its answers, which do not depend on this one.
 *
 * @param index index of the step, in `episode.steps`
 * @throws RangeError if the step does not exist, or the machine refuses the reply
 */
export function fork(flow: FlowModule, episode: Episode, index: number, alternative: Alternative): Fork {
  const step = episode.steps[index];
  if (step === undefined)
    throw new RangeError(`an episode of ${episode.steps.length} steps has no step ${index}`);
  const changed: Step = {
    ...step,
    reply: alternative.reply,
    outputs: alternative.output === undefined ? step.outputs : [alternative.output],
  };
  const first = index - step.lane;
  let end = index + 1;
  while ((episode.steps[end]?.lane ?? 0) > 0) end += 1;
  const steps = episode.steps.slice(0, end);
  steps[index] = changed;
  let state = step.before;
  for (const at of steps.slice(first)) state = flow.advance(state, at.point, at.reply);
  return { state, steps };
}

/** Calls (rendered prompts) that the steps before a fork made: what re-running from the start would repeat. */
export function callsBefore(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + step.requests.length, 0);
}
