import {
  conform,
  type Effect,
  type EffectRequest,
  type FlowModule,
  type Json,
  type Reply,
  same,
} from "../machine/index.js";
import { joinKey, Uniforms } from "../machine/random.js";
import type { Counters } from "./counters.js";
import { SearchError } from "./error.js";
import { seal } from "./plain.js";
import type { Acted, Effects, Simulator, Task } from "./ports/simulator.js";
import { Recent } from "./recent.js";

/** Results of pure effects kept at most. */
const CAPACITY = 1 << 16;

/** Which episode an effect belongs to: its random numbers are keyed by it. */
export interface Occasion {
  readonly task: string;
  /** Pass over the tasks, from 0. */
  readonly epoch: number;
}

/** What an effect gave, and the simulator's state after it. */
export interface Performed {
  readonly reply: Extract<Reply, { kind: "effect" }>;
  readonly world: Json;
}

export interface PerformerOptions {
  readonly flow: FlowModule;
  readonly simulator: Pick<Simulator, "effects">;
  readonly seed: number;
  readonly counters: Counters;
  /** Whether known results of pure effects are reused. */
  readonly memo: boolean;
  /** Seconds after which an effect that has given nothing counts as failed; Infinity for none. Default 600. */
  readonly effectSeconds?: number | undefined;
}

/** A result, and whether random numbers went into it. */
interface Result {
  readonly value: Json;
  readonly drew: boolean;
}

/**
 * Where rollouts have effects done. The simulator's state, here the *world*, comes from outside and goes there, so any
 * number of rollouts share what they have in common. What effects promise is held against what they do: worlds are
 * plain JSON and are frozen, results fit their type, and pure effects leave the world as it was.
 */
export class Performer {
  readonly #effects: ReadonlyMap<string, Effect>;
  readonly #simulator: Effects | undefined;
  readonly #seed: number;
  readonly #counters: Counters;
  readonly #memo: Recent<Promise<Result>> | undefined;
  readonly #effectSeconds: number;
  readonly #sealed = new WeakSet<object>();

  /** @throws SearchError if the flow has effects that the simulator does not do */
  constructor({ flow, simulator, seed, counters, memo, effectSeconds = 600 }: PerformerOptions) {
    this.#effects = new Map((flow.effects ?? []).map((effect) => [effect.name, effect]));
    this.#simulator = requireEffects(flow, simulator);
    this.#seed = seed;
    this.#counters = counters;
    this.#memo = memo ? new Recent(CAPACITY) : undefined;
    this.#effectSeconds = effectSeconds;
    if (this.#simulator !== undefined) Object.assign(counters, { effects: 0, savedEffects: 0 });
  }

  /**
   * The world in which a task begins; undefined if the flow has no effects.
   * @throws SearchError if the simulator fails, or its state is no plain JSON value
   */
  async start(task: Task): Promise<Json | undefined> {
    if (this.#simulator === undefined) return undefined;
    const { id, input } = task;
    let world: Json;
    try {
      world = await within(this.#effectSeconds, this.#simulator.start({ id, input: structuredClone(input) }));
    } catch (cause) {
      if (cause instanceof Late) this.#simulator.abandon?.(undefined);
      throw new SearchError(`the simulator's \`start\` failed: ${reason(cause)}`, id, undefined, cause);
    }
    const problem = seal(world, this.#sealed);
    if (problem === undefined) return world;
    throw new SearchError(`the state that \`start\` gives is no plain JSON value: ${problem}`, id);
  }

  /**
   * A world that was kept elsewhere, to go on in.
   * @throws SearchError if it is no plain JSON value
   */
  adopt(world: Json | undefined, task: string): Json | undefined {
    if (this.#simulator === undefined || world === undefined) return undefined;
    const problem = seal(world, this.#sealed);
    if (problem === undefined) return world;
    throw new SearchError(`the simulator's state is no plain JSON value: ${problem}`, task);
  }

  /**
   * Does one effect in a world that `start`, `adopt` or `perform` gave.
   * @throws SearchError naming the effect, if it fails or does not do what it promises
   */
  async perform(world: Json, request: EffectRequest, occasion: Occasion): Promise<Performed> {
    if (request.class !== "pure" || this.#memo === undefined) {
      const { value, after } = await this.#act(world, request, occasion);
      return { reply: { kind: "effect", value }, world: after };
    }
    const value = await this.#recall(this.#memo, world, request, occasion);
    return { reply: { kind: "effect", value }, world };
  }

  /**
   * What a pure effect gives: of equal inputs once, and where random numbers go into it, once per key. Which of two
   * rollouts asks first makes no difference, not even to the counters.
   */
  async #recall(
    memo: Recent<Promise<Result>>,
    world: Json,
    request: EffectRequest,
    occasion: Occasion,
  ): Promise<Json> {
    const act = () => this.#act(world, request, occasion);
    const inputs = JSON.stringify([occasion.task, request.effect, request.inputs]);
    const noise = `${this.#key(request, occasion)}\n${inputs}`;
    const known = memo.get(inputs);
    if (known === undefined) {
      const acted = remember(memo, inputs, act());
      remember(memo, noise, acted);
      return (await acted).value;
    }
    const first = await known;
    const own = first.drew ? memo.get(noise) : known;
    if (own === undefined) return (await remember(memo, noise, act())).value;
    this.#counters.savedEffects = (this.#counters.savedEffects ?? 0) + 1;
    return (await own).value;
  }

  async #act(
    world: Json,
    { effect: name, inputs, point }: EffectRequest,
    { task, epoch }: Occasion,
  ): Promise<Result & { readonly after: Json }> {
    const fail = (message: string, cause?: unknown) =>
      new SearchError(`the effect \`${name}\` ${message}`, task, point, cause);
    const effect = this.#effects.get(name);
    if (effect === undefined || this.#simulator === undefined) throw fail("is none of the flow's");
    const numbers = new Uniforms(this.#key({ point }, { task, epoch }));
    let drew = false;
    const random = () => {
      drew = true;
      return numbers.next();
    };
    this.#counters.effects = (this.#counters.effects ?? 0) + 1;
    const call = { effect: name, inputs: structuredClone(inputs) };
    let acted: Acted;
    try {
      acted = await within(this.#effectSeconds, this.#simulator.act(world, call, random));
    } catch (cause) {
      if (cause instanceof Late) this.#simulator.abandon?.(call);
      throw fail(`failed: ${reason(cause)}${isChange(cause) ? CHANGED : ""}`, cause);
    }
    if (typeof acted !== "object" || acted === null) throw fail("did not give { state, result }");
    const held = conform(effect.output, acted.result);
    if ("problem" in held) throw fail(`did not give what it is declared to: ${held.problem}`);
    const { state: after } = acted;
    const problem = seal(after, this.#sealed);
    if (problem !== undefined) throw fail(`gave a state that is no plain JSON value: ${problem}`);
    if (effect.class === "pure" && !same(world, after)) {
      throw fail("is declared pure, but changed the simulator's state");
    }
    return { value: held.value, drew, after };
  }

  #key({ point }: Pick<EffectRequest, "point">, { task, epoch }: Occasion): string {
    return joinKey({ seed: this.#seed, epoch, task, point, purpose: "effect", sample: 0 });
  }
}

const CHANGED = "; the state it is given must stay as it is: give a new one";

/**
 * Who does a flow's effects; nobody if it has none.
 * @throws SearchError naming what the simulator does not do
 */
export function requireEffects(
  flow: FlowModule,
  { effects }: Pick<Simulator, "effects">,
): Effects | undefined {
  const wanted = (flow.effects ?? []).map(({ name }) => name);
  if (wanted.length === 0) return undefined;
  const missing = wanted.filter((name) => effects?.names.includes(name) !== true);
  if (effects !== undefined && missing.length === 0) return effects;
  const names = missing.map((name) => `\`${name}\``).join(", ");
  throw new SearchError(`the flow ${flow.flow} has effects that the simulator does not do: ${names}`);
}

/** The longest that a timer can wait, in seconds. */
const FOREVER = 2_147_483;

class Late extends Error {}

/** @throws Late if a promise has come to nothing after so many seconds; what it waits for goes on */
async function within<T>(seconds: number, work: T | Promise<T>): Promise<T> {
  if (!(work instanceof Promise) || seconds > FOREVER) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late(`it gave nothing within ${seconds} seconds`)), 1000 * seconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function remember<T extends Result>(
  memo: Recent<Promise<Result>>,
  key: string,
  result: Promise<T>,
): Promise<T> {
  memo.set(key, result);
  return result;
}

/** What strict code is told that writes to a frozen value. */
function isChange(error: unknown): boolean {
  return (
    error instanceof TypeError &&
    /read only|not extensible|Cannot (?:assign|add|delete|redefine)/.test(error.message)
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
