import { FlowFailure, type FlowModule, type Json } from "../machine/index.js";
import type { Episode } from "./episode.js";
import { SearchError } from "./error.js";
import type { Task } from "./ports/simulator.js";
import type { Start } from "./rollout.js";

/** A state of an episode as it is kept, to go on from: plain JSON, without what has led there. */
export interface SavedState {
  readonly format: 1;
  /** Name of the flow, and the hash of what it was compiled from. */
  readonly flow: string;
  readonly source: string;
  readonly epoch: number;
  readonly task: Task;
  readonly state: Json;
  /** The simulator's state beside it; absent of a flow without effects. */
  readonly world?: Json;
}

/**
 * The state before a step of an episode, to be kept.
 * @throws RangeError if there is no such step
 */
export function savedAt(
  flow: Pick<FlowModule, "flow" | "source">,
  { epoch, task, steps }: Pick<Episode, "epoch" | "task" | "steps">,
  index: number,
): SavedState {
  const step = steps[index];
  if (step === undefined) throw new RangeError(`an episode of ${steps.length} steps has no step ${index}`);
  const { before: state, world } = step;
  const saved = { format: 1, flow: flow.flow, source: flow.source, epoch, task, state } as const;
  return world === undefined ? saved : { ...saved, world };
}

/**
 * Where a rollout goes on from a saved state.
 * @throws SearchError if it is of another compile of the flow, or no state of it
 */
export function startAt(flow: FlowModule, saved: SavedState): Start {
  const { epoch, task, state, world } = saved;
  const fail = (problem: string) => new SearchError(`the saved state ${problem}`, task.id);
  if (saved.format !== 1) throw fail(`has the format ${JSON.stringify(saved.format)}, not 1`);
  if (saved.flow !== flow.flow) throw fail(`is of the flow ${saved.flow}, not of ${flow.flow}`);
  if (saved.source !== flow.source) throw fail("is of another compile of the flow: its source has changed");
  if ((flow.effects ?? []).length > 0 && world === undefined) throw fail("lacks that of the simulator");
  if (!isState(flow, state)) throw fail("is none of this flow");
  return { epoch, task: task.id, state, world };
}

/** Whether the machine stands anywhere in this state; that its variables are right nobody but the machine can say. */
function isState(flow: FlowModule, state: Json): boolean {
  try {
    return Array.isArray(flow.pending(state));
  } catch (thrown) {
    if (thrown instanceof FlowFailure) throw thrown;
    return false;
  }
}
