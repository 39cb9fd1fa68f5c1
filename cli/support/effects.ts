import type { EffectRequest, FlowModule, Json } from "../../runtime/machine/index.js";
import { type Effects, newCounters, Performer, type Simulator } from "../../runtime/search/index.js";
import { type EffectModule, effectsOf, withEffects } from "../../runtime/simulator/effects.js";
import { refuseCode } from "../load-flow.js";
import { standing } from "./disk-host.js";
import { CommandFailure, ExitCode, leftover } from "./exit.js";
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
    const effects = effectsOf(flow, modules);
    const abandon: Effects["abandon"] = (call) => {
      leftover.isHung = true;
      effects.abandon?.(call);
    };
    return { ...effects, abandon };
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

/** How the one episode of a run, or of a test, keys its effects' random numbers. */
export const OCCASION = { seed: 0, epoch: 0, task: "run" } as const;

/** Does the effects of one episode, one after the other, in a state that it keeps. */
export class EpisodeEffects {
  /** The simulator's states after effects that were done, by the ids of these. */
  readonly after = new Map<string, Json>();
  readonly #performer: Performer | undefined;
  readonly #input: Json;
  readonly #mock: (request: EffectRequest) => Answered | undefined;
  #world: Json | undefined;

  /**
   * @param effects needed for what is not mocked
   * @param input of the flow
   * @param mock answers instead where it has an answer
   * @throws SearchError if the flow has effects that `effects` do not do
   */
  constructor(
    flow: FlowModule,
    effects: Effects | undefined,
    input: Json,
    mock: (request: EffectRequest) => Answered | undefined = () => undefined,
  ) {
    const { seed } = OCCASION;
    const counters = newCounters();
    if (effects !== undefined)
      this.#performer = new Performer({ flow, simulator: { effects }, seed, counters, memo: false });
    this.#input = input;
    this.#mock = mock;
  }

  /**
   * The simulator's state at the beginning, before anything is done; undefined where nobody does effects.
   * @throws SearchError if it cannot begin
   */
  async begin(): Promise<Json | undefined> {
    this.#world ??= await this.#performer?.start({ id: OCCASION.task, input: this.#input });
    return this.#world;
  }

  /** Answers what a state asks. */
  readonly answer: Answerer<EffectRequest> = async (requests) => {
    const replies: Answered[] = [];
    for (const request of requests) replies.push(this.#mock(request) ?? (await this.#perform(request)));
    return replies;
  };

  async #perform(request: EffectRequest): Promise<Answered> {
    const world = (await this.begin()) ?? null;
    if (this.#performer === undefined) throw new Error(`${request.id} is asked, and nobody does effects`);
    const done = await this.#performer.perform(world, request, OCCASION);
    this.#world = done.world;
    this.after.set(request.id, done.world);
    return [request.id, done.reply];
  }
}
