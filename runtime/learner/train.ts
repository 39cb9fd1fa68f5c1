import { memoryUsage } from "node:process";
import type { FlowModule } from "../machine/index.js";
import type { Checkpoint, Run } from "../record/index.js";
import { type Lost, newCounters, requireEffects, type Simulator } from "../search/index.js";
import { Alarms } from "./alarms.js";
import type { Signal } from "./algorithm.js";
import { capture, type Learning, restore } from "./checkpoint.js";
import { type EvaluationState, Evaluations } from "./evaluation.js";
import type { TrainEvent } from "./events.js";
import type { Experience } from "./experience.js";
import { Gate } from "./gate.js";
import { mean, meanMetrics } from "./means.js";
import { newExperience, type Source } from "./new-experience.js";
import { newOptimizer } from "./optimizer/index.js";
import { played as describeEpisode } from "./played.js";
import type { EvaluatorFlow } from "./preferences/index.js";
import { RoundFigures } from "./round-figures.js";
import type { Settings } from "./settings.js";
import { addTotals, type Totals, tokensOf, totalsOf } from "./totals.js";
import type { Trainable } from "./trainable.js";
import { Updates } from "./updates.js";

export type TrainOptions = Source & {
  readonly flow: FlowModule;
  readonly policy: Trainable;
  readonly settings: Settings;
  /** Who says which episodes are better, where the settings' preferences need somebody. */
  readonly evaluator?: EvaluatorFlow;
  /** Tasks to evaluate on, from which nothing is learned. */
  readonly heldOut?: Simulator;
  /** Where the run is recorded; without it nothing is written. */
  readonly run?: Run;
  /** Where to go on from, as `Run.resume` found it. */
  readonly checkpoint?: Checkpoint;
  /** Ends the training at the next round boundary, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainEvent) => void;
  /** Milliseconds of a steady clock, for the timings alone. Default `performance.now`. */
  readonly clock?: () => number;
  /** Milliseconds since 1970, for the timings alone. Default `Date.now`. */
  readonly wallClock?: () => number;
};

export interface TrainSummary {
  readonly rounds: number;
  readonly episodes: number;
  /** True if it ended before all episodes were played, on the signal or for want of time. */
  readonly interrupted: boolean;
  /** True if the settings' minutes were over. */
  readonly outOfTime: boolean;
  /** True if it ended before all episodes were played, since evaluations have not got better: it is complete. */
  readonly early: boolean;
  /** True if it ended before all episodes were played, since the settings' tokens are spent: it is complete. */
  readonly spent: boolean;
  /** The best evaluation; null without any. */
  readonly best: EvaluationState["best"];
  /** Agents that have learned nothing: no update has moved a parameter of theirs. */
  readonly unmoved: readonly string[];
  /** True if a loss was not finite, and the settings say that the run ends then. */
  readonly stopped: boolean;
  /** Episodes and deviations that broke, since the start or resumption. */
  readonly lost: number;
  /** Summed over all rounds, those before a resumption included. */
  readonly totals: Readonly<Totals>;
}

/**
 * Trains a policy's agents on a flow, online: each round plays tasks greedily with the numbers of the round before,
 * tries other outputs at the choice points, and takes optimizer steps over the preferences that follow. Or from episodes that
 * were logged, each with its outcome: then a round plays nothing. What happens is a function of flow, simulator or logs,
 * policy and settings; where it is interrupted makes no difference.
 *
 * An episode that breaks is told of and left out, as is a deviation.
 *
 * @throws RangeError if there are no tasks to train on, none of the strata that the settings ask for, not what their
 *   algorithm needs, or nobody who gives their preferences
 * @throws SearchError if all episodes of a round break; RecordError if the run cannot be written, or
 *   the checkpoint does not fit
 */
export async function train(options: TrainOptions): Promise<TrainSummary> {
  return new Training(options).run();
}

/** So many episodes of the first round are played again in the end. */
const REVISITED = 4;

class Training {
  readonly #options: TrainOptions;
  readonly #settings: Settings;
  readonly #learning: Learning;
  readonly #experience: Experience;
  readonly #updates: Updates;
  readonly #clock: () => number;
  readonly #wallClock: () => number;
  readonly #rounds: number;
  readonly #figures = new RoundFigures();
  /** Whether rewards are there to be looked at alone. */
  readonly #isMonitoring: boolean;
  #lost = 0;

  constructor(options: TrainOptions) {
    const { flow, heldOut, policy, settings } = options;
    if (heldOut !== undefined) requireEffects(flow, heldOut);
    const { experience, algorithm } = newExperience(options, (round, lost) => this.#lose(round, lost));
    this.#experience = experience;
    this.#isMonitoring = settings.preferences.kind !== "reward";
    this.#options = options;
    this.#settings = settings;
    this.#learning = {
      trainable: policy,
      optimizers: new Map(policy.agents.map((agent) => [agent, newOptimizer(settings.optimizer)])),
      gate:
        settings.reference.kind === "soft"
          ? new Gate(settings.reference.every, settings.reference.confidence, !settings.reference.gate)
          : undefined,
      algorithm,
      alarms: new Alarms(settings.alarms),
      evaluations: heldOut === undefined ? undefined : new Evaluations({ flow, policy, heldOut, settings }),
      totals: totalsOf(newCounters()),
    };
    const { optimizers, alarms } = this.#learning;
    this.#updates = new Updates({
      trainable: policy,
      optimizers,
      alarms,
      settings,
      run: options.run,
      tell: (event) => this.#emit(event),
    });
    this.#clock = options.clock ?? (() => performance.now());
    this.#wallClock = options.wallClock ?? Date.now;
    this.#rounds = Math.ceil(settings.episodes / settings.episodes_per_round);
  }

  async run(): Promise<TrainSummary> {
    const { checkpoint, policy, run, signal } = this.#options;
    const { episodes: total, episodes_per_round, checkpoint_every } = this.#settings;
    let round = 0;
    let episodes = 0;
    if (checkpoint !== undefined) {
      round = checkpoint.round;
      episodes = await restore(this.#learning, checkpoint, run?.directory ?? "checkpoint");
    }
    // A run that was killed between writing a checkpoint and removing an old one still has both.
    run?.prune(this.#settings.keep_checkpoints);
    const { tokens: limit } = this.#settings;
    const tokens = limit === undefined ? {} : { tokens: { spent: tokensOf(this.#learning.totals), limit } };
    this.#emit({ type: "begin", round, rounds: this.#rounds, episode: episodes, episodes: total, ...tokens });
    const { minutes = Number.POSITIVE_INFINITY } = this.#settings;
    const until = this.#clock() + 60_000 * minutes;
    const { evaluations } = this.#learning;
    if (checkpoint === undefined) await this.#evaluate(0, 0);
    const isDone = (): boolean => round === this.#rounds || this.#isSpent;
    const isOver = (): boolean => isDone() || evaluations?.isOver === true;
    let saved = round;
    let outOfTime = false;
    const stops = () => this.#updates.hasFailed && this.#settings.alarms.not_finite === "stop";
    while (!isOver() && signal?.aborted !== true && !stops()) {
      if (this.#clock() >= until) {
        outOfTime = true;
        this.#emit({ type: "limit", round, minutes });
        break;
      }
      const to = Math.min(total, episodes + episodes_per_round);
      await this.#round(round, episodes, to);
      round += 1;
      episodes = to;
      if (isDone() || evaluations?.isDue(round) === true) await this.#evaluate(round, episodes);
      if (isOver()) await this.#revisit(round - 1);
      run?.flush();
      if (round % checkpoint_every === 0 || isOver()) {
        this.#checkpoint(round, episodes, "regular");
        saved = round;
      }
    }
    const interrupted = !isOver();
    const spent = round < this.#rounds && this.#isSpent;
    const early = !interrupted && !spent && round < this.#rounds;
    if (interrupted && saved < round) this.#checkpoint(round, episodes, "interrupted");
    this.#emit({ type: "end", rounds: round, episodes, interrupted, ...(early ? { early } : {}) });
    const { alarms, totals } = this.#learning;
    const stopped = stops();
    const best = evaluations?.best ?? null;
    return {
      rounds: round,
      episodes,
      interrupted,
      outOfTime,
      early,
      spent,
      best,
      unmoved: policy.agents.filter((agent) => !alarms.hasMoved(agent)),
      stopped,
      lost: this.#lost,
      totals,
    };
  }

  /** Whether as many tokens have gone through the model as the settings allow. */
  get #isSpent(): boolean {
    const { tokens = Number.POSITIVE_INFINITY } = this.#settings;
    return tokensOf(this.#learning.totals) >= tokens;
  }

  async #evaluate(rounds: number, episodes: number): Promise<void> {
    const { evaluations } = this.#learning;
    if (evaluations === undefined) return;
    const began = this.#clock();
    const report = await evaluations.evaluate(rounds, episodes, (done, tasks) =>
      this.#emit({ type: "evaluating", rounds, done, tasks }),
    );
    this.#emit({ type: "evaluation", ...report });
    const evaluateSeconds = (this.#clock() - began) / 1000;
    this.#emit({ type: "evaluation-timing", rounds, at: this.#wallClock() / 1000, evaluateSeconds });
  }

  #lose(round: number, { task, epoch, error }: Lost): void {
    this.#lost += 1;
    const at = error.point === undefined ? {} : { point: error.point };
    this.#emit({ type: "lost", round, task, epoch, ...at, problem: error.message });
  }

  async #round(round: number, from: number, to: number): Promise<void> {
    const { policy } = this.#options;
    const began = this.#clock();
    // What evaluations and revisits have taken is no cost of the training.
    policy.takeTokens();
    const taken = await this.#experience.take(round, from, to);
    const { episodes, lines, counters, lost } = taken;
    for (const each of episodes) {
      const line = lines === undefined ? {} : { line: lines[each.play]! };
      this.#emit({ type: "episode", round, ...describeEpisode(each, from), ...line });
    }
    const played = this.#clock();
    const { terms, told, ties, deviations, preferences } = await taken.signal();
    for (const each of told) this.#emit(inRound(each, round));
    const processed = policy.takeTokens();
    const deviated = this.#clock();
    for (const agent of policy.agents) {
      await this.#updates.take(
        round,
        agent,
        terms.filter((term) => term.agent === agent),
      );
    }
    await this.#moveReferences(
      round,
      episodes.map(({ judgement }) => judgement.reward),
    );
    const learned = this.#clock();
    const totals = { ...totalsOf(counters), processed, learned: policy.takeTokens() };
    addTotals(this.#learning.totals, totals);
    this.#emit({
      type: "round",
      round,
      episodes: to,
      reward: mean(episodes.map(({ judgement }) => judgement.reward)),
      metrics: meanMetrics(episodes.map(({ judgement }) => judgement.metrics)),
      ...(this.#isMonitoring ? { monitoring: true } : {}),
      ...(lines === undefined ? {} : { logged: true }),
      pairs: terms.length,
      ties,
      deviations,
      ...(lost.length === 0 ? {} : { lost: lost.length }),
      ...(preferences === undefined ? {} : { preferences }),
      agents: this.#figures.take(),
      totals,
    });
    this.#emit({
      type: "timing",
      round,
      at: this.#wallClock() / 1000,
      playSeconds: (played - began) / 1000,
      deviateSeconds: (deviated - played) / 1000,
      learnSeconds: (learned - deviated) / 1000,
      prefilled: counters.prefilled,
      reused: counters.reused,
      memory: memoryUsage.rss(),
    });
  }

  /** So that people see the same tasks before and after. Nothing is learned from it. */
  async #revisit(round: number): Promise<void> {
    const { episodes, episodes_per_round } = this.#settings;
    const first = Math.min(REVISITED, episodes, episodes_per_round);
    for (const each of await this.#experience.again(first))
      this.#emit({ type: "revisit", round, ...describeEpisode(each, 0) });
  }

  async #moveReferences(round: number, rewards: readonly number[]): Promise<void> {
    const { policy, settings } = this.#options;
    // Every reward must be taken in, even after one of them has opened the gate.
    const opened = rewards.filter((reward) => this.#learning.gate?.add(reward) === true);
    if (opened.length === 0) return;
    for (const agent of policy.agents) {
      const relativeError = await policy.moveReference(agent, settings.reference.mix);
      this.#emit({ type: "reference", round, agent, version: policy.referenceVersion(agent), relativeError });
    }
  }

  #checkpoint(round: number, episodes: number, kind: "regular" | "interrupted"): void {
    const { run } = this.#options;
    if (run === undefined) return;
    const path = run.checkpoint(
      capture(this.#learning, round, episodes),
      this.#settings.keep_checkpoints,
      kind,
    );
    this.#emit({ type: "checkpoint", round, path });
  }

  #emit(event: TrainEvent): void {
    const { run, onEvent } = this.#options;
    this.#figures.add(event);
    switch (event.type) {
      case "round":
      case "evaluation":
        run?.metric(event);
        break;
      case "timing":
      case "evaluation-timing":
      case "limit":
        run?.timing(event);
        break;
      // They depend on where a run was interrupted, or are of the moment, so they belong in no file.
      case "begin":
      case "evaluating":
      case "checkpoint":
      case "end":
        break;
      default:
        run?.event(event);
    }
    onEvent?.(event);
  }
}

function inRound(told: Signal["told"][number], round: number): TrainEvent {
  if (told.type === "credit") {
    const { type, ...rest } = told;
    return { type, round, ...rest };
  }
  const { type, ...rest } = told;
  return { type, round, ...rest };
}
