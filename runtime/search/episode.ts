import type { EffectRequest, FlowModule, Json, Reply, Request, Site } from "../machine/index.js";
import type { Answer } from "./ports/policy.js";
import type { Task } from "./ports/task.js";
import type { Sampling } from "./sampling.js";

/** What a policy answered, without what it cost: the cost depends on caches, the output does not. */
export type Output = Omit<Answer, "tokens">;

/** One thing that an episode asked, and what came of it. */
export type Step = ChoiceStep | EffectStep;

interface StepBase {
  /** The state that asked. Kept by reference: states share structure. */
  readonly before: Json;
  /** The simulator's state before it; absent of a flow without effects. */
  readonly world?: Json;
  /**
   * Index among the steps that this state asked for at once: 0 for the first, and always 0 outside `parallel` parts.
   * Steps of one state follow one another in source order.
   */
  readonly lane: number;
}

/** One decided choice point of an episode. */
export interface ChoiceStep extends StepBase {
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
}

/** Something that the simulator did. Nothing else is tried there. */
export interface EffectStep extends StepBase {
  readonly kind: "effect";
  readonly point: string;
  readonly site: string;
  readonly effect: string;
  readonly request: EffectRequest;
  readonly reply: Extract<Reply, { kind: "effect" }>;
  readonly world: Json;
  /** The simulator's state after it. */
  readonly after: Json;
}

export function isChoice(step: Step): step is ChoiceStep {
  return step.kind !== "effect";
}

/** A finished rollout: everything that is needed to stand at any of its choice points again. */
export interface Episode {
  readonly seed: number;
  /** Pass over the tasks, from 0; part of every random key. */
  readonly epoch: number;
  readonly task: Task;
  /** How its outputs were drawn; absent where they are greedy. */
  readonly sampling?: Sampling;
  readonly steps: readonly Step[];
  readonly result: Json;
  /** The simulator's state at the end; absent of a flow without effects. */
  readonly world?: Json;
}

/** An episode as JSON text. Equal episodes give equal bytes. */
export function serializeEpisode(episode: Episode): string {
  const { seed, epoch, task, steps, result, world } = episode;
  return JSON.stringify({
    seed,
    epoch,
    task: task.id,
    steps: steps.map(serializeStep),
    result,
    world,
  });
}

function serializeStep(step: Step): readonly unknown[] {
  const { point, site, kind, lane, reply, before } = step;
  if (!isChoice(step)) {
    const { effect, request, world, after } = step;
    return [point, site, effect, kind, lane, request, reply, before, world, after];
  }
  const { agent, requests, outputs, world } = step;
  const answers = outputs.map((o) => [o.reply, o.ids ?? null, o.logProb, o.labelLogProbs ?? null]);
  const known = [point, site, agent, kind, lane, requests, answers, reply, before];
  return world === undefined ? known : [...known, world];
}

/**
 * The choice point at a step of an episode.
 * @throws RangeError if there is no such step, or it is an effect
 */
export function choiceAt({ steps }: Pick<Episode, "steps">, index: number): ChoiceStep {
  const step = steps[index];
  if (step === undefined) throw new RangeError(`an episode of ${steps.length} steps has no step ${index}`);
  if (!isChoice(step)) throw new RangeError(`${step.point} is an effect, at which nothing else is tried`);
  return step;
}

/** What was decided, for people: the text, a record as JSON, the label, or the index of the candidate. */
export function shown(reply: Reply): string | number {
  switch (reply.kind) {
    case "text":
      return reply.text;
    case "record":
      return JSON.stringify(reply.value);
    case "label":
      return reply.label;
    case "pick":
      return reply.candidate;
    case "score":
      return reply.logOdds;
    case "effect":
      throw new Error("an effect was compared with another");
  }
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
  /** The simulator's state beside it; absent of a flow without effects. */
  readonly world?: Json;
  /** The episode's steps up to the fork, with the other decision in place. */
  readonly steps: readonly Step[];
}

/**
 * Stands at a choice point of a finished episode with another reply. Nothing before it runs again; what the same
 * state asked beside it keeps its answers, which do not depend on this one.
 *
 * @param index index of the step, in `episode.steps`
 * @throws RangeError if the step does not exist or is an effect, or the machine refuses the reply
 */
export function fork(flow: FlowModule, episode: Episode, index: number, alternative: Alternative): Fork {
  const step = choiceAt(episode, index);
  const changed: ChoiceStep = {
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
  // What a state asks of agents leaves the simulator's state as it is, and its effects were done before.
  return { state, steps, ...(step.world === undefined ? {} : { world: step.world }) };
}

/** Calls (rendered prompts) that the steps before a fork made: what re-running from the start would repeat. */
export function callsBefore(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + (isChoice(step) ? step.requests.length : 0), 0);
}
