import {
  type EffectRequest,
  type FlowModule,
  isEffect,
  type Json,
  type Reply,
  type Request,
} from "../machine/index.js";
import type { Counters } from "./counters.js";
import { decide, type Point, points, stepOf } from "./decide.js";
import type { Desk } from "./desk.js";
import { type Ending, type Endings, ending, type Trail } from "./endings.js";
import { type ChoiceStep, callsBefore, type EffectStep, type Output, type Step } from "./episode.js";
import { breakOf, SearchError } from "./error.js";
import type { Occasion, Performer } from "./perform.js";
import type { Query } from "./ports/policy.js";
import { decodingOf, futureOf, type Noise, type Sampling } from "./sampling.js";

/** A state to go on from. */
export interface Start extends Occasion {
  readonly state: Json;
  /** The simulator's state; undefined of a flow without effects. */
  readonly world: Json | undefined;
  /** How outputs are drawn; without it they are greedy. */
  readonly sampling?: Sampling | undefined;
  /** Who decides instead of the policy where it knows what. */
  readonly guide?: Guide | undefined;
}

/** What a choice point is to decide after these steps; undefined leaves it to the policy. */
export type Guide = (requests: readonly Request[], earlier: readonly Step[]) => Reply | undefined;

/** A start that is made when its turn has come. */
export interface Departure {
  readonly task: string;
  readonly make: () => Start | Promise<Start>;
}

export interface Lockstep {
  readonly flow: FlowModule;
  readonly desk: Desk;
  readonly performer: Performer;
  readonly counters: Counters;
  /** Where rollouts that meet are joined; undefined runs every one to its own end. */
  readonly endings: Endings | undefined;
  /** Part of every random key. */
  readonly seed: number;
  /** Agents whose answers are no choice points: they are never drawn. */
  readonly fixed: ReadonlySet<string>;
  /** Rollouts that are advanced together at most. */
  readonly live: number;
}

/** What becomes of rollouts: each is told of once, with the index of its start. */
export interface Outcome<T> {
  /** Is given every ending; those that were joined come last. */
  readonly finish: (ending: Ending, index: number) => T;
  /** Is told what broke a rollout; the others go on unless it throws. */
  readonly lose: (error: SearchError, index: number) => void;
}

/**
 * Runs states to their ends under the policy, all together: what the live ones ask forms one batch for the
 * policy, wave after wave. Effects are done as soon as they are asked, so that the batches are as large as they can
 * be. Starts are taken in order as others finish, so the batches are a function of the starts alone.
 *
 * @returns what `finish` gave, in the order of the starts, without the rollouts that were lost
 */
export async function runToEnd<T>(
  lockstep: Lockstep,
  departures: Iterable<Departure>,
  outcome: Outcome<T>,
): Promise<T[]> {
  return new Rollouts(lockstep, outcome).run(departures);
}

/** A rollout on its way. */
interface Rollout {
  readonly index: number;
  readonly task: string;
  readonly trail: Trail;
}

/** A rollout that stands at a state; it moves in place, millions of times in a search. */
interface Live extends Rollout {
  readonly epoch: number;
  state: Json;
  world: Json | undefined;
  /** What is asked of the simulator, and of agents. */
  effects: readonly EffectRequest[];
  points: readonly Point[];
  /** What draws its outputs, unless they are greedy. */
  readonly noise: Noise | undefined;
  readonly guide: Guide | undefined;
  /** What was decided without the policy, by point. */
  told: ReadonlyMap<string, Reply>;
}

const nothing: ReadonlyMap<string, Reply> = new Map();
const none: readonly never[] = [];

class Rollouts<T> {
  readonly #lockstep: Lockstep;
  readonly #outcome: Outcome<T>;
  readonly #versions: string;
  /** By start; a hole is a rollout that was lost, or has not ended. */
  readonly #results: (readonly [T] | undefined)[] = [];
  readonly #joined: Rollout[] = [];
  /** Whether the flow has effects at all. */
  readonly #acts: boolean;

  constructor(lockstep: Lockstep, outcome: Outcome<T>) {
    this.#lockstep = lockstep;
    this.#outcome = outcome;
    this.#acts = (lockstep.flow.effects ?? []).length > 0;
    this.#versions = lockstep.desk.versions(lockstep.flow.agents.map((agent) => agent.name));
  }

  async run(departures: Iterable<Departure>): Promise<T[]> {
    const source = departures[Symbol.iterator]();
    let taken = 0;
    let live: Live[] = [];
    for (;;) {
      while (live.length < this.#lockstep.live) {
        const next = source.next();
        if (next.done === true) break;
        live.push(...(await this.#depart(next.value, taken)));
        taken += 1;
      }
      if (live.length === 0) break;
      const acts = live.some(({ effects }) => effects.length > 0);
      live = acts ? await this.#performAll(live) : await this.#answerAll(live);
    }
    for (const rollout of this.#joined) this.#endJoined(rollout);
    return this.#results.flatMap((result) => result ?? []);
  }

  async #depart({ task, make }: Departure, index: number): Promise<readonly Live[]> {
    const rollout = { index, task, trail: { steps: [] } };
    try {
      const { epoch, state, world, sampling, guide } = await make();
      const { seed } = this.#lockstep;
      const noise = sampling && { seed, epoch, task, purpose: "sampled", sampling };
      const live: Live = {
        ...{ ...rollout, epoch, state, world, effects: [], points: [] },
        ...{ noise, guide, told: nothing },
      };
      return this.#goesOn(live) ? [live] : [];
    } catch (thrown) {
      this.#lose(thrown, rollout);
      return [];
    }
  }

  /** Those of the rollouts that go on, once each has moved to its next state. */
  #move(live: readonly Live[], move: (rollout: Live, i: number) => void): Live[] {
    return live.filter((rollout, i) => {
      try {
        move(rollout, i);
        return this.#goesOn(rollout);
      } catch (thrown) {
        this.#lose(thrown, rollout);
        return false;
      }
    });
  }

  /** Notes where a rollout stands, and whether it needs to go on. */
  #goesOn(rollout: Live): boolean {
    const { flow, endings } = this.#lockstep;
    const { trail, state, world, noise, guide } = rollout;
    if (endings !== undefined && guide === undefined) {
      const { task, epoch } = rollout;
      const effects = world === undefined ? undefined : { world, task, epoch };
      const place = { trail, at: trail.steps.length };
      const key = { versions: this.#versions, effects, noise: noise && futureOf(noise) };
      const known = endings.join(state, key, place);
      if (known !== undefined) {
        trail.joined = known;
        this.#joined.push(rollout);
        return false;
      }
    }
    const open = flow.pending(state);
    if (open.length > 0) {
      rollout.effects = this.#acts ? open.filter(isEffect) : none;
      rollout.points = points(open);
      if (guide !== undefined) rollout.told = toldBy(guide, rollout);
      return true;
    }
    trail.result = flow.result(state) ?? null;
    trail.world = world;
    this.#end(ending({ trail, at: 0 }), rollout);
    return false;
  }

  /** Every live rollout takes what the policy answers to all that it asks. */
  async #answerAll(live: readonly Live[]): Promise<Live[]> {
    const { flow, desk } = this.#lockstep;
    const outputs = await desk.ask(live.flatMap((rollout) => this.#queries(rollout)));
    let next = 0;
    return this.#move(live, (rollout) => {
      const { points: open, told, trail } = rollout;
      const from = next;
      for (const { id, requests } of open) if (!told.has(id)) next += requests.length;
      const at = { before: rollout.state, world: rollout.world };
      let begin = from;
      for (const [lane, point] of open.entries()) {
        const reply = told.get(point.id);
        const end = begin + (reply === undefined ? point.requests.length : 0);
        const step =
          reply === undefined
            ? this.#decide(rollout, point, outputs.slice(begin, end), at, lane)
            : stepOf(point, [], reply, at, lane);
        trail.steps.push(step);
        rollout.state = flow.advance(rollout.state, step.point, step.reply);
        begin = end;
      }
    });
  }

  #decide(
    { task, noise }: Live,
    point: Point,
    outputs: readonly Output[],
    at: Parameters<typeof decide>[2],
    lane: number,
  ): ChoiceStep {
    const isFixed = this.#lockstep.fixed.has(point.requests[0]!.agent);
    return decide(point, outputs, at, lane, task, isFixed ? undefined : noise);
  }

  #queries({ points: open, task, noise, told }: Live): Query[] {
    return open.flatMap(({ id, requests }) =>
      told.has(id)
        ? []
        : requests.map((request) => {
            const isGreedy = noise === undefined || this.#lockstep.fixed.has(request.agent);
            return { request, decoding: isGreedy ? greedy : decodingOf(request, noise), affinity: task };
          }),
    );
  }

  /**
   * Does the effects of those rollouts that ask for some: the rollouts beside one another, the effects of each in order.
   * The others stay where they are, and all keep their places.
   */
  async #performAll(live: readonly Live[]): Promise<Live[]> {
    const acting = live.filter(({ effects }) => effects.length > 0);
    const asked = new Set(acting);
    const done = await Promise.allSettled(acting.map((each) => this.#perform(each)));
    const going = new Set(
      this.#move(acting, (_, i) => {
        // What was thrown is dealt with in the order of the rollouts, not of time.
        const outcome = done[i]!;
        if (outcome.status === "rejected") throw outcome.reason;
      }),
    );
    return live.filter((each) => going.has(each) || !asked.has(each));
  }

  async #perform(rollout: Live): Promise<void> {
    const { flow, performer } = this.#lockstep;
    const { effects, trail, state: before } = rollout;
    for (const [lane, request] of effects.entries()) {
      const { world } = rollout;
      if (world === undefined) throw new Error(`${request.id} is asked where no simulator is`);
      const { point, site, effect } = request;
      const { reply, world: after } = await performer.perform(world, request, rollout);
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
      rollout.state = flow.advance(rollout.state, request.id, reply);
      rollout.world = after;
    }
  }

  #endJoined(rollout: Rollout): void {
    const whole = ending({ trail: rollout.trail, at: 0 });
    if (whole instanceof SearchError) {
      this.#lose(whole, rollout);
      return;
    }
    this.#lockstep.counters.savedByRejoin += callsBefore(whole.steps.slice(rollout.trail.steps.length));
    try {
      this.#end(whole, rollout);
    } catch (thrown) {
      this.#lose(thrown, rollout);
    }
  }

  #end(whole: Ending | SearchError, { index }: Rollout): void {
    if (whole instanceof SearchError) throw whole;
    this.#results[index] = [this.#outcome.finish(whole, index)];
  }

  /** @throws what was thrown, if it says more than that this rollout broke */
  #lose(thrown: unknown, { trail, task, index }: Rollout): void {
    const error = breakOf(thrown, task);
    if (error === undefined) throw thrown;
    // Not the trail of one that has ended: what its judge said says nothing about others that came by.
    if (trail.joined === undefined && trail.result === undefined) trail.broken = error;
    this.#outcome.lose(error, index);
  }
}

const greedy = { kind: "greedy" } as const;

function toldBy(guide: Guide, { points: open, trail }: Live): ReadonlyMap<string, Reply> {
  const told = open.map((point) => [point.id, guide(point.requests, trail.steps)] as const);
  return new Map(told.filter((each): each is readonly [string, Reply] => each[1] !== undefined));
}
