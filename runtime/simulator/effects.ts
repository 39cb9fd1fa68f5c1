import type { Effect, FlowModule, Json } from "../machine/index.js";
import type { Acted, EffectCall, Effects, Simulator, Task } from "../search/ports/simulator.js";
import { type Live, type LiveAct, LiveState } from "./live.js";

/**
 * What a module of effects exports: a function per effect, and perhaps `start`, which makes the state of a task; or
 * `live`, if it keeps its state itself, see `Live`.
 */
export type EffectModule = Readonly<Record<string, unknown>>;

type Act = (state: Json, inputs: EffectCall["inputs"], random: () => number) => Acted | Promise<Acted>;

/** One module's state, and what is done to it. */
interface Part {
  /** Of one that does one thing at a time: what it does now has been given up. */
  abandon?(): void;
  start(input: Json): Json | Promise<Json>;
  act(state: Json, call: EffectCall, random: () => number): Acted | Promise<Acted>;
}

/**
 * The effects of a flow, done by the modules that it names. Each module has a state of its own, which its `start` makes
 * of a task's input (null without one); all of them together, by the modules' names, are the simulator's.
 *
 * @param modules by the names that the flow gives them
 * @throws TypeError naming what a module does not export
 */
export function effectsOf(flow: FlowModule, modules: ReadonlyMap<string, EffectModule>): Effects {
  const table = flow.effects ?? [];
  const fromOf = new Map(table.map(({ name, from }) => [name, from]));
  const parts = new Map(
    [...new Set(table.map(({ from }) => from))].map((from) => [from, partOf(from, table, modules)]),
  );
  return {
    names: table.map(({ name }) => name),
    async start({ input }: Task): Promise<Json> {
      const states: [string, Json][] = [];
      for (const [from, part] of parts) states.push([from, await part.start(input)]);
      return Object.fromEntries(states);
    },
    async act(state: Json, call: EffectCall, random: () => number): Promise<Acted> {
      const from = fromOf.get(call.effect);
      if (from === undefined) throw new RangeError(`no effect ${call.effect}`);
      const states = state as { readonly [from: string]: Json };
      const acted = await parts.get(from)!.act(states[from]!, call, random);
      if (typeof acted !== "object" || acted === null || !("state" in acted) || !("result" in acted)) {
        throw new TypeError("it gave no { state, result }");
      }
      // A state that stays the same object keeps the whole the same, so that nothing is compared or kept twice.
      const after = acted.state === states[from] ? states : { ...states, [from]: acted.state };
      return { state: after, result: acted.result };
    },
    abandon(call: EffectCall | undefined): void {
      const from = call && fromOf.get(call.effect);
      for (const [name, part] of parts) if (from === undefined || name === from) part.abandon?.();
    },
  };
}

/** A simulator that does a flow's effects too. */
export function withEffects(simulator: Simulator, effects: Effects): Simulator {
  return {
    tasks: simulator.tasks,
    ...(simulator.reads === undefined ? {} : { reads: simulator.reads }),
    ...(simulator.compare === undefined ? {} : { compare: simulator.compare.bind(simulator) }),
    ...(simulator.truth === undefined ? {} : { truth: simulator.truth.bind(simulator) }),
    stratum: (task) => simulator.stratum?.(task),
    ...(simulator.gold === undefined ? {} : { gold: simulator.gold.bind(simulator) }),
    judge: (...judged) => simulator.judge(...judged),
    effects,
  };
}

function partOf(from: string, table: readonly Effect[], modules: ReadonlyMap<string, EffectModule>): Part {
  const module = modules.get(from);
  if (module === undefined) throw new TypeError(`the module ${from} is missing`);
  const own = table.filter((effect) => effect.from === from);
  const acts = new Map(own.map(({ name }) => [name, functionOf(module, name, from)]));
  if (module.live !== undefined) {
    if (!isLive(module.live)) throw new TypeError(`\`live\` of ${from} has no function \`reset\``);
    const pure = new Set(own.filter((effect) => effect.class === "pure").map(({ name }) => name));
    return new LiveState(module.live, acts as ReadonlyMap<string, LiveAct>, pure);
  }
  const start = module.start === undefined ? () => null : functionOf(module, "start", from);
  return {
    start: (input) => start(input) as Json,
    act: (state, { effect, inputs }, random) => (acts.get(effect) as Act)(state, inputs, random),
  };
}

function functionOf(module: EffectModule, name: string, from: string): (...args: unknown[]) => unknown {
  const found = module[name];
  if (typeof found === "function") return found as (...args: unknown[]) => unknown;
  throw new TypeError(
    name === "start" ? `\`start\` of ${from} is no function` : `${from} exports no function ${name}`,
  );
}

function isLive(value: unknown): value is Live {
  return typeof value === "object" && value !== null && typeof (value as Partial<Live>).reset === "function";
}
