import type { EffectRequest, Json, Reply, Request } from "../../machine/index.js";
import type { Step } from "../episode.js";
import type { Task } from "./task.js";

export type { Task };

export interface Judgement {
  /** What training maximises; finite. */
  readonly reward: number;
  /** Named figures for reports, e.g. `answer_f1`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** How an episode ended, as whoever compares two is told. */
export interface Outcome {
  readonly result: Json;
  /** Of the effects, in which the episode ended; absent of a flow without effects. */
  readonly state?: Json;
  /** From the start on; absent unless the simulator reads the episode. */
  readonly steps?: readonly Step[];
}

/** Which of two episodes is better. */
export type Verdict = "first" | "second" | "same";

/** A call of an effect. */
export type EffectCall = Pick<EffectRequest, "effect" | "inputs">;

/** What an effect did: the state after it, and what it gives to the flow. */
export interface Acted {
  readonly state: Json;
  readonly result: Json;
}

/**
 * What effects do. Their state is a plain JSON value that goes in and comes out, and is never changed in place, so that
 * a search may go on from any state it has seen, as often as it likes.
 */
export interface Effects {
  /** The effects it does. */
  readonly names: readonly string[];
  /** The state in which a task begins. */
  start(task: Task): Json | Promise<Json>;
  /**
   * A function of its inputs alone.
   * @param random gives numbers in [0, 1), those of the call's place in the episode
   */
  act(state: Json, call: EffectCall, random: () => number): Acted | Promise<Acted>;
  /** Is told that a call has been given up, since its promise came to nothing in time; undefined for `start`. */
  abandon?(call: EffectCall | undefined): void;
}

/** Gives tasks, judges what a flow made of them, and does its effects. */
export interface Simulator {
  readonly tasks: readonly Task[];
  /**
   * What `judge` reads: what came out, which is the default, or all that was asked and answered as well. It is asked once
   * per distinct such thing, so what it does not declare it is not given.
   */
  readonly reads?: "result" | "episode";
  /**
   * Pure: the same task, result and state, and of a judge that reads the episode the same steps, the same judgement.
   * @param state of the effects, in which the episode ended; undefined of a flow without effects
   * @param steps from the start on; undefined unless it reads the episode
   */
  judge(task: Task, result: Json, state?: Json, steps?: readonly Step[]): Judgement;
  /**
   * Which of two episodes of a task is better, for training without a reward (`preferences` in the settings). Pure, as `judge`
   * is. It is asked in both orders, and what it says counts where the order makes no difference.
   */
  compare?(task: Task, first: Outcome, second: Outcome): Verdict | Promise<Verdict>;
  /** What is true of a task, for evaluators that may know it: their input `truth`. Pure. */
  truth?(task: Task): Json;
  /** Names a task's kind, e.g. by how many steps it takes, for those who want kinds in given proportions. Pure. */
  stratum?(task: Task): string | undefined;
  /**
   * What an agent should say at a choice point, where the task knows; undefined where it does not. A function of what is
   * given here alone. A text is given as a reply of its kind, and a pick as the candidate's.
   *
   * @param requests of the choice point: one, or one for each candidate of a pick
   * @param earlier all steps that led there
   */
  gold?(task: Task, requests: readonly Request[], earlier: readonly Step[]): Reply | undefined;
  /** Needed by flows with effects. */
  readonly effects?: Effects | undefined;
}
