import {
  type EffectRequest,
  FlowFailure,
  type FlowModule,
  isEffect,
  type Json,
  loaded,
  same,
} from "../machine/index.js";
import { newCounters } from "./counters.js";
import { checkReply, type Point, points, stepOf } from "./decide.js";
import type { Episode, Step } from "./episode.js";
import { SearchError } from "./error.js";
import type { EpisodeLog, LoggedStep } from "./log.js";
import { type Performed, Performer } from "./perform.js";
import type { Simulator } from "./ports/simulator.js";

/** Where a log and the flow part. */
export interface Disagreement {
  /** Index of the step, in `log.steps`; their number where the log ends too early. */
  readonly step: number;
  /** The choice point or effect, if the log names one. */
  readonly point?: string;
  /** E.g. `the log has another prompt`. */
  readonly problem: string;
}

export type Replayed = { readonly episode: Episode } | { readonly disagreement: Disagreement };

export interface ReplayOptions {
  /** Who does the effects again, to compare; without it they count as done. */
  readonly simulator?: Pick<Simulator, "effects">;
  /** Whether the log may be of another state of the flow; what it asks is compared all the same. Default false. */
  readonly edited?: boolean;
}

/**
 * Runs a log again, with its answers and no policy: the machine must ask exactly what the log says it asked, and come to
 * the same result.
 *
 * @returns the episode with all its states, so that it can be forked; or where log and flow part
 * @throws SearchError if the flow has effects that the simulator does not do
 */
export async function replay(
  flow: FlowModule,
  log: EpisodeLog,
  { simulator, edited = false }: ReplayOptions = {},
): Promise<Replayed> {
  const performer =
    simulator === undefined
      ? undefined
      : new Performer({ flow, simulator, seed: log.seed, counters: newCounters(), memo: false });
  const replaying = new Replaying(loaded(flow), log, performer);
  try {
    if (!edited) replaying.mustBeOf(flow);
    return { episode: await replaying.run() };
  } catch (thrown) {
    if (thrown instanceof Parting) return { disagreement: thrown.disagreement };
    throw thrown;
  }
}

class Parting extends Error {
  constructor(readonly disagreement: Disagreement) {
    super(disagreement.problem);
  }
}

class Replaying {
  readonly #flow: FlowModule;
  readonly #log: EpisodeLog;
  readonly #performer: Performer | undefined;
  readonly #steps: Step[] = [];
  #world: Json | undefined;

  constructor(flow: FlowModule, log: EpisodeLog, performer: Performer | undefined) {
    this.#flow = flow;
    this.#log = log;
    this.#performer = performer;
  }

  mustBeOf({ flow, source }: Pick<FlowModule, "flow" | "source">): void {
    if (this.#log.flow !== flow) this.#part(`the log is of the flow ${this.#log.flow}, not of ${flow}`);
    if (this.#log.source !== source)
      this.#part("the log is of another compile of the flow: its source has changed");
  }

  async run(): Promise<Episode> {
    const { seed, epoch, task, sampling, result, world } = this.#log;
    let state = await this.#start();
    for (;;) {
      const open = this.#running(() => this.#flow.pending(state));
      if (open.length === 0) break;
      const effects = open.filter(isEffect);
      state = effects.length > 0 ? await this.#effects(state, effects) : this.#choices(state, points(open));
    }
    const extra = this.#log.steps.length - this.#steps.length;
    if (extra > 0) this.#part(`the flow ends, and the log has ${extra} more`);
    const found = this.#flow.result(state) ?? null;
    if (!same(found, result)) this.#part("the log has another result");
    if (!same(this.#world ?? null, world ?? null))
      this.#part("the log ends in another state of the simulator");
    const end = this.#world === undefined ? {} : { world: this.#world };
    const drawn = sampling === undefined ? {} : { sampling };
    return { seed, epoch, task, ...drawn, steps: this.#steps, result: found, ...end };
  }

  async #start(): Promise<Json> {
    const { task, steps } = this.#log;
    const first = steps.find((step) => step.kind === "effect");
    if ((this.#flow.effects ?? []).length > 0) this.#world = first?.world ?? this.#log.world ?? null;
    if (this.#performer !== undefined && this.#world !== undefined) {
      const begun = await this.#begun(this.#performer);
      if (begun !== undefined && !same(begun, this.#world)) {
        this.#part("the log begins in another state of the simulator");
      }
      this.#world = begun;
    }
    return this.#running(() => this.#flow.start(task.input));
  }

  async #begun(performer: Performer): Promise<Json | undefined> {
    try {
      return await performer.start(this.#log.task);
    } catch (thrown) {
      if (!(thrown instanceof SearchError)) throw thrown;
      return this.#part(thrown.problem);
    }
  }

  #choices(before: Json, open: readonly Point[]): Json {
    let state = before;
    for (const [lane, point] of open.entries()) {
      const logged = this.#next(point.id, point.requests[0]!.agent);
      if (logged.kind !== "choice") this.#part("the log has an effect, where an agent is asked");
      if (!same(point.requests, logged.requests))
        this.#part(`the log has ${difference(point, logged.requests)}`);
      this.#checkOutputs(point, logged);
      const at = { before, world: this.#world };
      const step = stepOf(point, logged.outputs, logged.reply, at, lane);
      state = this.#running(() => this.#flow.advance(state, step.point, step.reply));
      this.#steps.push(step);
    }
    return state;
  }

  #checkOutputs(point: Point, { outputs }: Extract<LoggedStep, { kind: "choice" }>): void {
    if (outputs.length !== point.requests.length) {
      this.#part(`the log has ${outputs.length} answers, where ${point.requests.length} are asked for`);
    }
    for (const [i, request] of point.requests.entries()) {
      try {
        checkReply(request, outputs[i]!, this.#log.task.id);
      } catch (thrown) {
        if (thrown instanceof SearchError) this.#part(thrown.problem);
        if (!(thrown instanceof TypeError)) throw thrown;
        this.#part(`the log has what is no answer: ${thrown.message}`);
      }
    }
  }

  async #effects(before: Json, open: readonly EffectRequest[]): Promise<Json> {
    let state = before;
    for (const [lane, request] of open.entries()) {
      const logged = this.#next(request.point, request.effect);
      if (logged.kind !== "effect") this.#part("the log has an agent's answer, where an effect is asked for");
      if (!same(request, logged.request)) this.#part("the log has the effect with other inputs");
      const world = this.#world ?? null;
      const { reply, world: after } = await this.#perform(world, request, logged);
      const { point, site, effect } = request;
      this.#steps.push({ kind: "effect", point, site, effect, request, reply, before, world, after, lane });
      state = this.#running(() => this.#flow.advance(state, request.id, reply));
      this.#world = after;
    }
    return state;
  }

  async #perform(
    world: Json,
    request: EffectRequest,
    { reply, after }: Extract<LoggedStep, { kind: "effect" }>,
  ): Promise<Performed> {
    if (this.#performer === undefined) return { reply, world: after };
    const again = await this.#performed(this.#performer, world, request);
    const name = `the effect \`${request.effect}\``;
    if (!same(again.reply, reply)) {
      this.#part(
        `${name} gave ${JSON.stringify(reply.value)} then, and gives ${JSON.stringify(again.reply.value)} now`,
      );
    }
    if (!same(again.world, after))
      this.#part(`${name} left another state of the simulator then than it leaves now`);
    return again;
  }

  async #performed(performer: Performer, world: Json, request: EffectRequest): Promise<Performed> {
    const { task, epoch } = this.#log;
    try {
      return await performer.perform(world, request, { task: task.id, epoch });
    } catch (thrown) {
      if (!(thrown instanceof SearchError)) throw thrown;
      return this.#part(thrown.problem);
    }
  }

  /** The next step of the log, which must be that of this point. */
  #next(point: string, who: string): LoggedStep {
    const step = this.#log.steps[this.#steps.length];
    if (step === undefined) this.#part(`the log ends where ${who} is asked at ${point}`);
    if (step.point !== point) this.#part(`the flow is at ${point}`);
    return step;
  }

  /** Runs the machine, which refuses what does not fit, and may fail on the log's values. */
  #running<T>(run: () => T): T {
    try {
      return run();
    } catch (thrown) {
      if (thrown instanceof RangeError || thrown instanceof TypeError || thrown instanceof FlowFailure) {
        return this.#part(thrown.message);
      }
      throw thrown;
    }
  }

  #part(problem: string): never {
    const step = this.#steps.length;
    const point = this.#log.steps[step]?.point;
    throw new Parting({ step, ...(point === undefined ? {} : { point }), problem });
  }
}

/** In what the requests of a choice point are others. */
function difference({ requests }: Point, known: Point["requests"]): string {
  if (known.length !== requests.length)
    return `${known.length} candidates, where ${requests.length} are asked for`;
  const at = requests.findIndex((request, i) => !same(request, known[i]));
  const [now, then] = [requests[at]!, known[at]!];
  if (now.agent !== then.agent) return `the agent ${JSON.stringify(then.agent)}, where ${now.agent} is asked`;
  const part = (["system", "user"] as const).find((role) => now[role] !== then[role]);
  if (part === undefined) return `another request to ${now.agent}`;
  // It may be anything in a log.
  const text = typeof then[part] === "string" ? then[part] : JSON.stringify(then[part] ?? null);
  const near = firstDifference(text, now[part]) - BEFORE;
  const word = text.lastIndexOf(" ", near) + 1;
  const from = near <= 0 ? 0 : near - word < BEFORE ? word : near;
  return `another prompt of ${now.agent}: ${excerpt(text, from)} then, and ${excerpt(now[part], from)} now`;
}

/** Characters of a prompt that are shown, and how many before the first that differs, more or less. */
const SHOWN = 60;
const BEFORE = 20;

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

function excerpt(text: string, from: number): string {
  const to = from + SHOWN;
  return `${from > 0 ? "..." : ""}${JSON.stringify(text.slice(from, to))}${to < text.length ? "..." : ""}`;
}
