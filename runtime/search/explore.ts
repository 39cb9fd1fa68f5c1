import { type FlowModule, isTrained, type Json, loaded } from "../machine/index.js";
import { uniform } from "../machine/random.js";
import { type AlternativeBudget, alternatives, type Tried } from "./alternatives.js";
import { type Counters, newCounters } from "./counters.js";
import { Desk } from "./desk.js";
import { type Ending, Endings } from "./endings.js";
import {
  type Alternative,
  type ChoiceStep,
  callsBefore,
  choiceAt,
  type Episode,
  fork,
  type Step,
} from "./episode.js";
import { SearchError } from "./error.js";
import { Judge, UNJUDGED } from "./judge.js";
import { logOf } from "./log.js";
import { Performer } from "./perform.js";
import type { Policy } from "./ports/policy.js";
import type { Judgement, Simulator, Task } from "./ports/simulator.js";
import { replay } from "./replay.js";
import { type Guide, type Lockstep, runToEnd, type Start } from "./rollout.js";
import type { Sampling } from "./sampling.js";
import { type SavedState, startAt } from "./saved.js";
import { type SiblingBudget, siblings } from "./siblings.js";
import { probabilities, type Spending } from "./spending.js";

export interface SearchOptions {
  readonly flow: FlowModule;
  readonly policy: Policy;
  readonly simulator: Simulator;
  readonly seed: number;
  /** Rollouts advanced together at most: bounds memory, and makes the policy's batches large. */
  readonly live: number;
  /** Whether known answers are reused, of a policy that is deterministic; it changes no episode. Default true. */
  readonly memo?: boolean;
  /** Whether a rollout takes the ending of one that reached the same state, likewise. Default true. */
  readonly rejoin?: boolean;
  /**
   * Share of episodes, and of deviations with what goes before them, whose effects are done a second time, from the
   * start, to see whether they depend on nothing but the simulator's state; in [0, 1], of a flow with effects. It changes
   * no episode. Default 0.05.
   */
  readonly recheck?: number;
  /** Seconds after which an effect that has given nothing breaks its rollout; Infinity for none. Default 600. */
  readonly effectSeconds?: number;
  /**
   * What the simulator's judgements are for. With `monitoring` nothing depends on them: episodes are judged for people to
   * look at, an episode that cannot be judged is not lost, and deviations are not judged at all; rewards that are not
   * known are not numbers. Default `reward`.
   */
  readonly judging?: "reward" | "monitoring";
  /**
   * Is told of every episode and deviation that breaks: on a contract that policy or simulator broke there, or on a flow
   * that fails on its values. The others go on. Without it the first that breaks ends it all.
   */
  readonly onLost?: (lost: Lost) => void;
}

/** An episode, or what would have become of one, that broke before its end or could not be judged. */
export interface Lost {
  readonly task: string;
  readonly epoch: number;
  readonly error: SearchError;
}

export interface Budget extends AlternativeBudget, Spending {
  /** Agents whose choice points are tried; default all. */
  readonly agents?: ReadonlySet<string>;
}

/** A task to play, in one pass over the tasks. */
export interface Play {
  readonly task: Task;
  readonly epoch: number;
  /** How outputs are drawn; without it they are greedy. */
  readonly sampling?: Sampling;
  /** Who decides instead of the policy where it knows what. */
  readonly guide?: Guide;
}

export interface JudgedEpisode {
  /** Index of the play that it is of. */
  readonly play: number;
  readonly episode: Episode;
  readonly judgement: Judgement;
}

/** A choice point that is tried, and the probability with which it is among those that are. */
export interface TriedPoint extends Tried {
  readonly probability: number;
}

/** A choice point that decides otherwise. */
type Change = TriedPoint & { readonly alternative: Alternative };

/** What became of an episode when one choice point decided otherwise. */
export interface Deviation extends Change {
  readonly result: Json;
  /** The simulator's state at the end; absent of a flow without effects. */
  readonly world?: Json;
  readonly judgement: Judgement;
}

/** How an episode went on from a saved state: the steps since, and the end. */
export interface Resumed extends Ending {
  /** Index of the saved state. */
  readonly index: number;
  readonly judgement: Judgement;
}

/**
 * One round of search with adapters that stand still: episodes, and what would have become of them had one choice
 * point decided otherwise. Its memo and endings live as long as the round.
 */
export class Search {
  readonly counters: Counters = newCounters();
  readonly #options: SearchOptions;
  readonly #desk: Desk;
  readonly #lockstep: Lockstep;
  readonly #judge: Judge;
  readonly #performer: Performer;
  readonly #isMonitoring: boolean;
  /** How deviations went on that were not judged, for as long as somebody has them. */
  readonly #endings = new WeakMap<Deviation, Ending>();
  /** Names of agents whose answers are no choice points. */
  readonly #fixed: ReadonlySet<string>;

  /** @throws SearchError if the flow has effects that the simulator does not do */
  constructor(options: SearchOptions) {
    const { policy, simulator, seed } = options;
    const { deterministic = true } = policy;
    const memo = deterministic && (options.memo ?? true);
    const rejoin = deterministic && (options.rejoin ?? true);
    const flow = loaded(options.flow);
    const { counters } = this;
    this.#options = options;
    this.#desk = new Desk(policy, counters, memo);
    this.#judge = new Judge(simulator, counters);
    this.#isMonitoring = options.judging === "monitoring";
    this.#performer = new Performer({
      ...{ flow, simulator, seed, counters, memo: options.memo ?? true },
      effectSeconds: options.effectSeconds,
    });
    this.#fixed = new Set(flow.agents.filter((agent) => !isTrained(agent)).map(({ name }) => name));
    this.#lockstep = {
      flow,
      desk: this.#desk,
      performer: this.#performer,
      counters,
      endings: rejoin ? new Endings() : undefined,
      seed,
      fixed: this.#fixed,
      live: options.live,
    };
  }

  /** Plays tasks from their starts, greedily unless a play says otherwise; the episodes come in the order of the plays, but for those that are lost. */
  async play(plays: readonly Play[]): Promise<readonly JudgedEpisode[]> {
    const { flow, seed } = this.#options;
    const departures = lazily(plays, ({ task, epoch, sampling, guide }) => ({
      task: task.id,
      make: async (): Promise<Start> => {
        const world = await this.#performer.start(task);
        return { task: task.id, epoch, state: flow.start(task.input), world, sampling, guide };
      },
    }));
    const played = await runToEnd(this.#lockstep, departures, {
      finish: (ending, play): JudgedEpisode => {
        const { task, epoch, sampling } = plays[play]!;
        const judged = { ...ending, steps: () => ending.steps };
        const judgement = this.#isMonitoring
          ? this.#judge.monitor(task, judged)
          : this.#judge.judge(task, judged);
        const drawn = sampling === undefined ? {} : { sampling };
        return { play, episode: { seed, epoch, task, ...drawn, ...ending }, judgement };
      },
      lose: this.#loser((play) => plays[play]!),
    });
    const again = played.filter(({ episode }) => this.#isRechecked(episode, "episode", 0));
    await this.#recheck(again.map(({ episode }) => episode));
    return played;
  }

  /**
   * Goes on greedily from saved states, in the order in which they are given; what has led to them is not looked at.
   * @throws SearchError for a state of another compile of the flow
   */
  async resume(saved: readonly SavedState[]): Promise<readonly Resumed[]> {
    const departures = lazily(saved, (each) => ({
      task: each.task.id,
      make: (): Start => {
        const start = startAt(this.#options.flow, each);
        return { ...start, world: this.#performer.adopt(start.world, start.task) };
      },
    }));
    return runToEnd(this.#lockstep, departures, {
      finish: (ending, index) => {
        const { task } = saved[index]!;
        const steps = (): never => {
          throw new SearchError(
            "a judge that reads the whole episode cannot judge from a saved state on",
            task.id,
          );
        };
        return { ...ending, index, judgement: this.#judge.judge(task, { ...ending, steps }) };
      },
      lose: this.#loser((index) => saved[index]!),
    });
  }

  /** The choice points of finished episodes, which answers of judges and effects are not, at which a budget lets others be tried. */
  tried(episodes: readonly Episode[], budget: Budget): readonly TriedPoint[] {
    const isOpen = ({ agent }: ChoiceStep) => !this.#fixed.has(agent) && (budget.agents?.has(agent) ?? true);
    return episodes.flatMap((episode) =>
      probabilities(episode, isOpen, budget).flatMap((probability, step) =>
        probability > 0 && isTried(episode, step, probability) ? [{ episode, step, probability }] : [],
      ),
    );
  }

  /** Tries other outputs at the choice points of finished episodes: by episode, by step, by alternative. */
  async deviate(episodes: readonly Episode[], budget: Budget): Promise<readonly Deviation[]> {
    const tried = this.tried(episodes, budget);
    const options = await alternatives(
      this.#desk,
      tried,
      budget,
      this.#loser((index) => tried[index]!.episode),
    );
    return this.#tryAll(tried.flatMap((at, i) => options[i]!.map((alternative) => ({ ...at, alternative }))));
  }

  /**
   * Draws outputs at the choice points of finished episodes and goes on from each, in the way in which the episode was
   * played: by episode, by step, by draw. Of an episode that was drawn itself its own output is one draw more.
   */
  async siblings(
    episodes: readonly Episode[],
    budget: SiblingBudget & Pick<Budget, "agents" | "share">,
  ): Promise<readonly Deviation[]> {
    const tried = this.tried(episodes, { ...budget, ...UNTRIED });
    const { count, temperature, topK, topP } = budget;
    const draws = await siblings(
      this.#desk,
      tried,
      { count, temperature, topP, ...(topK === undefined ? {} : { topK }) },
      this.#loser((index) => tried[index]!.episode),
    );
    return this.#tryAll(tried.flatMap((at, i) => draws[i]!.map((alternative) => ({ ...at, alternative }))));
  }

  async #tryAll(changes: readonly Change[]): Promise<readonly Deviation[]> {
    const again: Episode[] = [];
    const deviations = await this.tryOut(changes, (ending, i): Deviation => {
      const change = changes[i]!;
      const { episode, step, alternative } = change;
      const steps = () => [...fork(this.#options.flow, episode, step, alternative).steps, ...ending.steps];
      const judgement = this.#isMonitoring ? UNJUDGED : this.#judge.judge(episode.task, { ...ending, steps });
      if (this.#isRechecked(episode, choiceAt(episode, step).point, i)) {
        again.push({ ...episode, ...ending, steps: steps() });
      }
      const { result, world } = ending;
      const deviation: Deviation = {
        ...change,
        result,
        ...(world === undefined ? {} : { world }),
        judgement,
      };
      if (this.#isMonitoring) this.#endings.set(deviation, ending);
      return deviation;
    });
    await this.#recheck(again);
    return deviations;
  }

  /**
   * Finishes episodes in which one choice point decided otherwise, each in the way in which it was played: greedily, or
   * drawn with the random numbers that it had. The steps before the fork never run again; `fork` gives them where the
   * whole episode is wanted.
   *
   * @param finish is given every ending once, with the index of its change; what it returns comes back in order
   */
  async tryOut<T>(
    changes: readonly (Tried & { readonly alternative: Alternative })[],
    finish: (ending: Ending, index: number) => T,
  ): Promise<T[]> {
    const departures = lazily(changes, ({ episode, step, alternative }) => ({
      task: episode.task.id,
      make: (): Start => {
        const { state, world, steps } = fork(this.#options.flow, episode, step, alternative);
        this.counters.savedByPrefix += callsBefore(steps) - choiceAt({ steps }, step).requests.length;
        const { task, epoch, sampling } = episode;
        return { task: task.id, epoch, state, world, sampling };
      },
    }));
    return runToEnd(this.#lockstep, departures, {
      finish,
      lose: this.#loser((index) => changes[index]!.episode),
    });
  }

  /** All steps of an episode that was played here, or of what became of it otherwise; for `monitoring` alone. */
  stepsOf(way: JudgedEpisode | Deviation): readonly Step[] {
    if (!("step" in way)) return way.episode.steps;
    const ending = this.#endings.get(way);
    if (ending === undefined) throw new Error("a deviation that this search has not played");
    return [...fork(this.#options.flow, way.episode, way.step, way.alternative).steps, ...ending.steps];
  }

  /** Tells of something that broke on what was played here, as of an episode that did. */
  lose(lost: Lost): void {
    this.#loser(() => ({ task: { id: lost.task, input: null }, epoch: lost.epoch }))(lost.error, 0);
  }

  #isRechecked({ seed, epoch, task }: Episode, point: string, sample: number): boolean {
    const { flow, recheck = 0.05 } = this.#options;
    if ((flow.effects ?? []).length === 0) return false;
    return uniform({ seed, epoch, task: task.id, point, purpose: "recheck", sample }) < recheck;
  }

  /** @throws SearchError naming the effect that did something else; no preference can be trusted then */
  async #recheck(episodes: readonly Episode[]): Promise<void> {
    const { flow, simulator } = this.#options;
    for (const episode of episodes) {
      const replayed = await replay(flow, logOf(flow, episode), { simulator });
      if (!("disagreement" in replayed)) continue;
      const { problem, point } = replayed.disagreement;
      const why = "it depends on something that is not in the simulator's state, or changes it in place";
      throw new SearchError(`when the episode was played again, ${problem}: ${why}`, episode.task.id, point);
    }
  }

  #loser(
    playOf: (index: number) => { readonly task: Task; readonly epoch: number },
  ): (error: SearchError, index: number) => void {
    const { onLost } = this.#options;
    return (error, index) => {
      if (onLost === undefined) throw error;
      const { task, epoch } = playOf(index);
      onLost({ task: task.id, epoch, error });
    };
  }
}

/** No alternatives besides what is drawn. */
const UNTRIED = { generate: 0, draws: 0, choose: 0, pick: 0 } as const;

function isTried(episode: Episode, step: number, probability: number): boolean {
  if (probability >= 1) return true;
  const { seed, epoch, task } = episode;
  const { point } = choiceAt(episode, step);
  return uniform({ seed, epoch, task: task.id, point, purpose: "tried", sample: 0 }) < probability;
}

function* lazily<A, B>(items: readonly A[], make: (item: A) => B): Generator<B> {
  for (const item of items) yield make(item);
}
