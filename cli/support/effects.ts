import type { EffectRequest, FlowModule, Json } from "../../runtime/machine/index.js";
import { type Effects, newCounters, Performer, type Simulator } from "../../runtime/search/index.js";
import { type EffectModule, effectsOf, withEffects } from "../../runtime/simulator/effects.js";
import { refuseCode } from "../load-flow.js";
import { standing } from "./disk-host.js";
import { CommandFailure, ExitCode } from "./exit.js";
import type { RunFiles } from "./extern-modules.js";
import type { Answered, Answerer } from "./play.js";

/**
 * The effects of a flow, done by the modules that it names; undefined if it has none.
 *
 * @param path of the .flow file
 * @param allowed whether the code of these modules may be run, of all or of those named
 * @param ran is told of the files of these modules
 * @throws CommandFailure if it may not, or if a module cannot be loaded or lacks something
 */
export async function openEffects(
  flow: FlowModule,
  path: string,
  allowed: boolean | readonly string[] = false,
  ran?: RunFiles,
): Promise<Effects | undefined> {
  const names = [...new Set((flow.effects ?? []).map(({ from }) => from))];
  if (names.length === 0) return undefined;
  refuseCode(path, names, allowed);
  const { ExternModules } = await import("./extern-modules.js");
  const loader = new ExternModules(ran);
  const { folder } = standing(path);
  const modules = new Map<string, EffectModule>(names.map((name) => [name, loader.load(folder, name)]));
  try {
    return effectsOf(flow, modules);
  } catch (error) {
    if (error instanceof TypeError) throw new CommandFailure(error.message, ExitCode.diagnostics);
    throw error;
  }
}

/** The simulator with the effects of a flow, if it has some. */
export async function addEffects(
  simulator: Simulator,
  ...flow: Parameters<typeof openEffects>
): Promise<Simulator> {
  const effects = await openEffects(...flow);
  return effects === undefined ? simulator : withEffects(simulator, effects);
}

/**
 * Does the effects of one episode, one after the other, in a state that it keeps.
 *
 * @param effects needed for what is not mocked
 * @param input of the flow
 * @param mock answers instead where it has an answer
 */
export function effectAnswerer(
  flow: FlowModule,
  effects: Effects | undefined,
  input: Json,
  mock: (request: EffectRequest) => Answered | undefined = () => undefined,
): Answerer<EffectRequest> {
  const occasion = { task: "run", epoch: 0 };
  const begin = async () => {
    const simulator = { effects };
    const performer = new Performer({ flow, simulator, seed: 0, counters: newCounters(), memo: false });
    return { performer, world: (await performer.start({ id: occasion.task, input })) ?? null };
  };
  let running: Awaited<ReturnType<typeof begin>> | undefined;
  return async (requests) => {
    const replies: Answered[] = [];
    for (const request of requests) {
      const given = mock(request);
      if (given !== undefined) replies.push(given);
      else {
        const { performer, world } = running ?? (await begin());
        const done = await performer.perform(world, request, occasion);
        running = { performer, world: done.world };
        replies.push([request.id, done.reply]);
      }
    }
    return replies;
  };
}
