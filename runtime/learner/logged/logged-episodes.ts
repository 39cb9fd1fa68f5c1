import { gunzipSync, gzipSync } from "node:zlib";
import { type FlowModule, same } from "../../machine/index.js";
import {
  type ChoiceStep,
  type Episode,
  type EpisodeLog,
  isChoice,
  type JudgedEpisode,
  parseLog,
  replay,
  type Step,
  shown,
  type Task,
} from "../../search/index.js";
import type { Kinds } from "../strata.js";
import type { Trainable } from "../trainable.js";
import { drawnWith } from "./drawn-with.js";

/** A logged episode, as it is kept while others are learned from. */
export interface LoggedEpisode {
  /** Of its file, 1-based. */
  readonly line: number;
  readonly reward: number;
  readonly stratum: string | undefined;
  /** Sites of the calls of agents that are trained, in order. */
  readonly sites: readonly string[];
}

/** Why nothing can be learned from a log. */
export interface LogProblem {
  /** The choice point, if it is one's. */
  readonly point?: string;
  readonly problem: string;
}

export interface LoggedOptions {
  readonly flow: FlowModule;
  readonly policy: Pick<Trainable, "agents" | "encode" | "decode">;
  /** Whether it must be known how probable outputs were under the policy that gave them. */
  readonly needsProbabilities: boolean;
}

/**
 * Episodes that somebody recorded, each with what it was worth: what is learned from where nothing is played. They are kept as
 * packed text, since their prompts take far more room, and are replayed when their turn has come.
 */
export class LoggedEpisodes implements Kinds {
  readonly #options: LoggedOptions;
  readonly #agents: ReadonlySet<string>;
  readonly #entries: (LoggedEpisode & { readonly packed: Uint8Array })[] = [];
  readonly #tasks = new Map<Task, number>();
  readonly #indices = new WeakMap<Episode, number>();

  constructor(options: LoggedOptions) {
    this.#options = options;
    this.#agents = new Set(options.policy.agents);
  }

  /**
   * Takes a log in.
   *
   * @param episode that the log replays to
   * @returns why nothing can be learned from it, in which case it is not taken in
   */
  add(line: number, log: EpisodeLog, episode: Episode): LogProblem | undefined {
    const { reward, stratum, task } = log;
    if (reward === undefined) return { problem: "it has no reward, so that nothing says what it was worth" };
    const own = episode.steps.filter(isChoice).filter((step) => this.#isTrained(step));
    for (const step of own) {
      const problem = this.#problemOf(step);
      if (problem !== undefined) return { point: step.point, problem };
    }
    try {
      for (const step of own) this.#whole(step);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      return { problem: thrown.message };
    }
    const packed = gzipSync(JSON.stringify(log), { level: 1 });
    this.#tasks.set({ id: task.id, input: null }, this.#entries.length);
    this.#entries.push({ line, reward, stratum, sites: own.map(({ site }) => site), packed });
    return undefined;
  }

  /** One for each episode, by which it is asked for; without inputs. */
  get tasks(): readonly Task[] {
    return [...this.#tasks.keys()];
  }

  /** In the order of `tasks`. */
  get episodes(): readonly LoggedEpisode[] {
    return this.#entries;
  }

  stratum(task: Task): string | undefined {
    return this.#entries[this.#tasks.get(task)!]!.stratum;
  }

  /** The episode of a task, with the reward that its log has. @param play its index in the round */
  async judged(task: Task, play: number): Promise<JudgedEpisode> {
    const index = this.#tasks.get(task)!;
    const { packed, reward } = this.#entries[index]!;
    const parsed = parseLog(gunzipSync(packed).toString("utf8"));
    if ("problem" in parsed) throw new Error(`a log was taken in, and ${parsed.problem}`);
    // That what is asked is what the log says was found when it was taken in.
    const replayed = await replay(this.#options.flow, parsed.log, { edited: true });
    if ("disagreement" in replayed)
      throw new Error(`a log was taken in, and ${replayed.disagreement.problem}`);
    const episode = { ...replayed.episode, steps: replayed.episode.steps.map((step) => this.#whole(step)) };
    this.#indices.set(episode, index);
    return { play, episode, judgement: { reward, metrics: {} } };
  }

  /** Where among `episodes` one stands that `judged` gave. */
  indexOf(episode: Episode): number {
    const index = this.#indices.get(episode);
    if (index === undefined) throw new Error("an episode that is none of the logged ones");
    return index;
  }

  #isTrained({ agent }: ChoiceStep): boolean {
    return this.#agents.has(agent);
  }

  #problemOf(step: ChoiceStep): string | undefined {
    const { policy, needsProbabilities } = this.#options;
    const { agent, reply, requests, outputs } = step;
    if (needsProbabilities && drawnWith(step) === undefined)
      return `it does not say how probable the output of ${agent} was, which algorithm.loss: reinforce goes by; kto does without`;
    if (step.kind !== "generate") return undefined;
    const ids: unknown = outputs[0]!.ids;
    if (ids === undefined) return undefined;
    const isIds = Array.isArray(ids) && ids.every((id) => typeof id === "number");
    const said = isIds ? policy.decode(requests[0]!, ids) : undefined;
    if (said !== undefined && same(said, reply)) return undefined;
    return `the token ids of the output of ${agent} do not spell it in this model's vocabulary: the log is of another base model`;
  }

  /** The step with the token ids that are learned from: of a text whose own nobody has recorded, those that spell it. */
  #whole(step: Step): Step {
    if (!isChoice(step) || step.kind !== "generate" || !this.#isTrained(step)) return step;
    const [request] = step.requests;
    const [output] = step.outputs;
    if (output!.ids !== undefined) return step;
    const ids = this.#options.policy.encode(request!, String(shown(step.reply)));
    return { ...step, outputs: [{ ...output!, ids }] };
  }
}
