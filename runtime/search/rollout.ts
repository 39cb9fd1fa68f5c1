import type { FlowModule, Json } from "../machine/index.js";
import type { Counters } from "./counters.js";
import { decide, type Point, points } from "./decide.js";
import type { Desk } from "./desk.js";
import { type Endings, ending, type Place, type Trail } from "./endings.js";
import { callsBefore, type Step } from "./episode.js";
import type { Query } from "./ports/policy.js";

/** A state to go on from. */
export interface Start {
  readonly task: string;
  readonly state: Json;
}

/** How a rollout went on from its start. */
export interface Ending {
  readonly steps: readonly Step[];
  readonly result: Json;
}

export interface Lockstep {
  readonly flow: FlowModule;
  readonly desk: Desk;
  readonly counters: Counters;
  /** Where rollouts that meet are joined; undefined runs every one to its own end. */
  readonly endings: Endings | undefined;
  /** Rollouts that are advanced together at most. */
  readonly live: number;
}

interface Live {
  readonly index: number;
  readonly task: string;
  readonly trail: Trail;
  readonly state: Json;
  readonly points: readonly Point[];
}

/**
 * Runs states to their ends under the greedy policy, all together: what the live ones ask forms one batch for the
 * policy, wave after wave. Starts are taken in order as others finish, so the batches are a function of the starts
 * alone.
 *
 * @param finish is given every ending once, with the index of its start; what it returns comes back in the order
 *   of the starts. Endings that were joined come last.
 * @throws SearchError if the policy's answer does not fit what was asked
 */
export async function runToEnd<T>(
  lockstep: Lockstep,
  starts: Iterable<Start>,
  finish: (ending: Ending, index: number) => T,
): Promise<T[]> {
  const results: T[] = [];
  const joined: { readonly index: number; readonly place: Place }[] = [];
  const versions = lockstep.desk.versions(lockstep.flow.agents.map((agent) => agent.name));

  /** Notes where a rollout stands; undefined if it need not go on. */
  const arrive = (index: number, task: string, trail: Trail, state: Json): Live | undefined => {
    const place = { trail, at: trail.steps.length };
    const known = lockstep.endings?.join(state, versions, place);
    if (known !== undefined) {
      trail.joined = known;
      joined.push({ index, place: { trail, at: 0 } });
      return undefined;
    }
    const open = points(lockstep.flow.pending(state));
    if (open.length > 0) return { index, task, trail, state, points: open };
    trail.result = lockstep.flow.result(state) ?? null;
    results[index] = finish({ steps: trail.steps, result: trail.result }, index);
    return undefined;
  };

  const source = starts[Symbol.iterator]();
  let taken = 0;
  let live: Live[] = [];
  for (;;) {
    while (live.length < lockstep.live) {
      const next = source.next();
      if (next.done === true) break;
      const { task, state } = next.value;
      const begun = arrive(taken, task, { steps: [] }, state);
      if (begun !== undefined) live.push(begun);
      taken += 1;
    }
    if (live.length === 0) break;
    const outputs = await lockstep.desk.ask(live.flatMap(greedyQueries));
    let at = 0;
    const still: Live[] = [];
    for (const { index, task, trail, state, points: open } of live) {
      let next = state;
      for (const [lane, point] of open.entries()) {
        const step = decide(point, outputs.slice(at, at + point.requests.length), state, lane, task);
        at += point.requests.length;
        trail.steps.push(step);
        next = lockstep.flow.advance(next, step.point, step.reply);
      }
      const going = arrive(index, task, trail, next);
      if (going !== undefined) still.push(going);
    }
    live = still;
  }
  for (const { index, place } of joined) {
    const whole = ending(place);
    lockstep.counters.savedByRejoin += callsBefore(whole.steps.slice(place.trail.steps.length));
    results[index] = finish(whole, index);
  }
  return results;
}

function greedyQueries({ points: open, task }: Live): Query[] {
  return open.flatMap((point) =>
    point.requests.map((request) => ({ request, decoding: { kind: "greedy" }, affinity: task })),
  );
}
