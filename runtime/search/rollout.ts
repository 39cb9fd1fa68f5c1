import { type EffectRequest, type FlowModule, isEffect, type Json } from "../machine/index.js";
import type { Counters } from "./counters.js";
import { decide, type Point, points } from "./decide.js";
import type { Desk } from "./desk.js";
import { type Ending, type Endings, ending, type Place, type Trail } from "./endings.js";
import { callsBefore, type EffectStep } from "./episode.js";
import type { Occasion, Performer } from "./perform.js";
import type { Query } from "./ports/policy.js";

/** A state to go on from. */
export interface Start extends Occasion {
  readonly state: Json;
  /** The simulator's state; undefined of a flow without effects. */
  readonly world: Json | undefined;
}

export interface Lockstep {
  readonly flow: FlowModule;
  readonly desk: Desk;
  readonly performer: Performer;
  readonly counters: Counters;
  /** Where rollouts that meet are joined; undefined runs every one to its own end. */
  readonly endings: Endings | undefined;
  /** Rollouts that are advanced together at most. */
  readonly live: number;
}

interface Live extends Start {
  readonly index: number;
  readonly trail: Trail;
  /** What is asked of the simulator, and of agents. */
  readonly effects: readonly EffectRequest[];
  readonly points: readonly Point[];
}

/** A rollout that stands at a new state. */
type Arrival = Omit<Live, "effects" | "points">;

/**
 * Runs states to their ends under the greedy policy, all together: what the live ones ask forms one batch for the
 * policy, wave after wave. Effects are done as soon as they are asked, so that the batches are as large as they can
 * be. Starts are taken in order as others finish, so the batches are a function of the starts alone.
 *
 * @param finish is given every ending once, with the index of its start; what it returns comes back in the order
 *   of the starts. Endings that were joined come last.
 * @throws SearchError if an answer of the policy or of the simulator does not fit what was asked
 */
export async function runToEnd<T>(
  lockstep: Lockstep,
  starts: Iterable<Start | Promise<Start>>,
  finish: (ending: Ending, index: number) => T,
): Promise<T[]> {
  const { flow, desk, counters } = lockstep;
  const results: T[] = [];
  const joined: { readonly index: number; readonly place: Place }[] = [];
  const versions = desk.versions(flow.agents.map((agent) => agent.name));

  /** Notes where a rollout stands; undefined if it need not go on. */
  const arrive = (arrival: Arrival): Live | undefined => {
    const { index, task, epoch, trail, state, world } = arrival;
    const place = { trail, at: trail.steps.length };
    const effects = world === undefined ? undefined : { world, task, epoch };
    const known = lockstep.endings?.join(state, { versions, effects }, place);
    if (known !== undefined) {
      trail.joined = known;
      joined.push({ index, place: { trail, at: 0 } });
      return undefined;
    }
    const open = flow.pending(state);
    if (open.length > 0) {
      return { ...arrival, effects: open.filter(isEffect), points: points(open) };
    }
    trail.result = flow.result(state) ?? null;
    trail.world = world;
    results[index] = finish(ending({ trail, at: 0 }), index);
    return undefined;
  };
  const arriveAll = (arrivals: readonly Arrival[]) => arrivals.flatMap((each) => arrive(each) ?? []);

  const source = starts[Symbol.iterator]();
  let taken = 0;
  let live: Live[] = [];
  for (;;) {
    while (live.length < lockstep.live) {
      const next = source.next();
      if (next.done === true) break;
      const begun = arrive({ ...(await next.value), index: taken, trail: { steps: [] } });
      if (begun !== undefined) live.push(begun);
      taken += 1;
    }
    if (live.length === 0) break;
    const acts = live.some(({ effects }) => effects.length > 0);
    live = acts ? await performAll(lockstep, live, arriveAll) : arriveAll(await answerAll(lockstep, live));
  }
  for (const { index, place } of joined) {
    const whole = ending(place);
    counters.savedByRejoin += callsBefore(whole.steps.slice(place.trail.steps.length));
    results[index] = finish(whole, index);
  }
  return results;
}

/** Every live rollout takes what the policy answers to all that it asks. */
async function answerAll({ flow, desk }: Lockstep, live: readonly Live[]): Promise<Arrival[]> {
  const outputs = await desk.ask(live.flatMap(greedyQueries));
  let at = 0;
  return live.map(({ points: open, effects: _, ...rollout }) => {
    const { task, trail, world, state: before } = rollout;
    let state = before;
    for (const [lane, point] of open.entries()) {
      const answers = outputs.slice(at, at + point.requests.length);
      const step = decide(point, answers, { before, world }, lane, task);
      at += point.requests.length;
      trail.steps.push(step);
      state = flow.advance(state, step.point, step.reply);
    }
    return { ...rollout, state };
  });
}

/**
 * Does the effects of those rollouts that ask for some: the rollouts beside one another, the effects of each in order.
 * The others stay where they are, and all keep their places.
 */
async function performAll(
  lockstep: Lockstep,
  live: readonly Live[],
  arrive: (arrivals: readonly Arrival[]) => Live[],
): Promise<Live[]> {
  const done = await Promise.allSettled(live.map((each) => performOf(lockstep, each)));
  return done.flatMap((outcome, i) => {
    // The first in order, not in time.
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value === undefined ? [live[i]!] : arrive([outcome.value]);
  });
}

async function performOf({ flow, performer }: Lockstep, live: Live): Promise<Arrival | undefined> {
  const { effects, points: _, ...rollout } = live;
  if (effects.length === 0) return undefined;
  const { state: before, trail } = rollout;
  let { state, world } = rollout;
  for (const [lane, request] of effects.entries()) {
    if (world === undefined) throw new Error(`${request.id} is asked where no simulator is`);
    const { point, site, effect } = request;
    const { reply, world: after } = await performer.perform(world, request, live);
    const step: EffectStep = {
      kind: "effect",
      point,
      site,
      effect,
      request,
      reply,
      before,
      world,
      after,
      lane,
    };
    trail.steps.push(step);
    state = flow.advance(state, request.id, reply);
    world = after;
  }
  return { ...rollout, state, world };
}

function greedyQueries({ points: open, task }: Live): Query[] {
  return open.flatMap((point) =>
    point.requests.map((request) => ({ request, decoding: { kind: "greedy" }, affinity: task })),
  );
}
