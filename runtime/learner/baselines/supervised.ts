import type { Reply, Request } from "../../machine/index.js";
import {
  type ChoiceStep,
  type Episode,
  isChoice,
  type JudgedEpisode,
  type Search,
  SearchError,
  type Simulator,
  type Task,
} from "../../search/index.js";
import type { Algorithm, Signal } from "../algorithm.js";
import type { SupervisedSettings } from "../algorithm-settings.js";
import type { Trainable } from "../trainable.js";
import { type Credit, policyGradient } from "./credit.js";

/**
 * Stagewise cross-entropy: wherever a task knows what an agent should say, that is made more probable. The states at which
 * agents learn are those to which gold outputs lead (where none is known, what the agent says itself), or those of the
 * greedy episodes, which need no others to be played.
 */
export class Supervised implements Algorithm {
  readonly #own: SupervisedSettings;
  readonly #trainable: Trainable;
  readonly #gold: Required<Simulator>["gold"];

  /** @throws RangeError if no task knows what is right */
  constructor(own: SupervisedSettings, trainable: Trainable, simulator: Simulator) {
    this.#own = own;
    this.#trainable = trainable;
    if (simulator.gold === undefined)
      throw new RangeError("algorithm.kind is supervised, and the tasks do not say what agents should say");
    this.#gold = simulator.gold.bind(simulator);
  }

  /** @throws SearchError if the tasks of the round know nothing of any agent */
  async signal(greedy: readonly JudgedEpisode[], search: Search): Promise<Signal> {
    const isOwn = this.#own.states === "own";
    const episodes = isOwn ? greedy : await search.play(greedy.map(({ episode }) => this.#guided(episode)));
    const credits = episodes.flatMap(({ episode }) => {
      const { task, steps } = episode;
      return steps.flatMap((step, index): readonly Credit[] => {
        if (!isChoice(step) || !this.#trainable.agents.includes(step.agent)) return [];
        const reply = this.#right(task, step.requests, steps.slice(0, index - step.lane));
        if (reply === undefined) return [];
        const share = 1 / episodes.length;
        return [{ episode, step: this.#said(step, reply), advantage: 1, share, probability: 1 }];
      });
    });
    if (credits.length === 0) {
      const names = this.#trainable.agents.join(", ");
      throw new SearchError(
        `algorithm.kind is supervised, and the tasks do not say what ${names} should say`,
      );
    }
    return policyGradient(credits, 0, isOwn ? 0 : episodes.length);
  }

  /** The task, played with what is right wherever that is known. */
  #guided({ task, epoch }: Episode) {
    return {
      task,
      epoch,
      guide: (requests: readonly Request[], earlier: Episode["steps"]) =>
        this.#right(task, requests, earlier),
    };
  }

  /** @throws SearchError for what the agent cannot say */
  #right(task: Task, requests: readonly Request[], earlier: Episode["steps"]): Reply | undefined {
    const reply = this.#gold(task, requests, earlier);
    if (reply === undefined || fits(requests, reply)) return reply;
    const { agent, point } = requests[0]!;
    throw new SearchError(`what the task calls right is nothing that ${agent} can say`, task.id, point);
  }

  #said(step: ChoiceStep, reply: Reply): ChoiceStep {
    if (reply.kind !== "text" && reply.kind !== "record") return { ...step, reply };
    const text = reply.kind === "text" ? reply.text : JSON.stringify(reply.value);
    const ids = this.#trainable.encode(step.requests[0]!, text);
    return { ...step, reply, outputs: [{ reply, ids, logProb: 0 }] };
  }

  state(): undefined {
    return undefined;
  }

  restore(): void {}
}

function fits(requests: readonly Request[], reply: Reply): boolean {
  const { ask } = requests[0]!;
  switch (ask.kind) {
    case "generate":
      return reply.kind === "text";
    case "record":
      return reply.kind === "record";
    case "choose":
      return reply.kind === "label" && ask.labels.includes(reply.label);
    case "score":
      return (
        reply.kind === "pick" &&
        requests.some((request) => request.ask.kind === "score" && request.ask.candidate === reply.candidate)
      );
  }
}
