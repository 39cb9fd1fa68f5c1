import type { Effect, FlowModule, Json } from "../machine/index.js";
import type { Acted, EffectCall, Effects, Simulator, Task } from "../search/ports/simulator.js";

/** What a module of effects exports: a function per effect, and perhaps `start`. */
export type EffectModule = Readonly<Record<string, unknown>>;

type Act = (state: Json, inputs: EffectCall["inputs"], random: () => number) => Acted | Promise<Acted>;
type Start = (input: Json) => Json | Promise<Json>;

/**
 * The effects of a flow, done by the modules that it names. Each module has a state of its own, which its `start` makes
 * of a task's input (null without one); all of them together, by the modules' names, are the simulator's.
 *
 * @param modules by the names that the flow gives them
 * @throws TypeError naming what a module does not export
 */
export function effectsOf(flow: FlowModule, modules: ReadonlyMap<string, EffectModule>): Effects {
  const table = flow.effects ?? [];
  const acts = new Map(table.map((effect) => [effect.name, actOf(effect, modules)]));
  const froms = [...new Set(table.map(({ from }) => from))];
  const starts = froms.map((from) => [from, startOf(from, modules)] as const);
  return {
    names: table.map(({ name }) => name),
    async start({ input }: Task): Promise<Json> {
      const states: [string, Json][] = [];
      for (const [from, start] of starts) states.push([from, await start(input)]);
      return Object.fromEntries(states);
    },
    async act(state: Json, { effect, inputs }: EffectCall, random: () => number): Promise<Acted> {
      const found = acts.get(effect);
      if (found === undefined) throw new RangeError(`no effect ${effect}`);
      const states = state as { readonly [from: string]: Json };
      const acted = await found.act(states[found.from]!, inputs, random);
      if (typeof acted !== "object" || acted === null || !("state" in acted) || !("result" in acted)) {
        throw new TypeError("it gave no { state, result }");
      }
      // A state that stays the same object keeps the whole the same, so that nothing is compared or kept twice.
      const after = acted.state === states[found.from] ? states : { ...states, [found.from]: acted.state };
      return { state: after, result: acted.result };
    },
  };
}

/** A simulator that does a flow's effects too. */
export function withEffects(simulator: Simulator, effects: Effects): Simulator {
  return {
    tasks: simulator.tasks,
    judge: (task, result, state) => simulator.judge(task, result, state),
    effects,
  };
}

function actOf(
  { name, from }: Effect,
  modules: ReadonlyMap<string, EffectModule>,
): { readonly from: string; readonly act: Act } {
  const act = moduleOf(from, modules)[name];
  if (typeof act !== "function") throw new TypeError(`${from} exports no function ${name}`);
  return { from, act: act as Act };
}

function startOf(from: string, modules: ReadonlyMap<string, EffectModule>): Start {
  const start = moduleOf(from, modules).start ?? (() => null);
  if (typeof start !== "function") throw new TypeError(`\`start\` of ${from} is no function`);
  return start as Start;
}

function moduleOf(from: string, modules: ReadonlyMap<string, EffectModule>): EffectModule {
  const module = modules.get(from);
  if (module === undefined) throw new TypeError(`the module ${from} is missing`);
  return module;
}
