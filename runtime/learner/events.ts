import type { Json } from "../machine/index.js";
import type { Alarm } from "./alarms.js";
import type { EvaluationReport } from "./evaluation.js";
import type { PreferenceFigures } from "./preferences/index.js";
import type { Totals } from "./totals.js";
import type { UpdateReport } from "./update.js";

/** A greedy episode, or a logged one, as far as people want to see it. */
export interface PlayedEpisode {
  /** Its number in the run, from 0. */
  readonly episode: number;
  readonly epoch: number;
  readonly task: string;
  /** Choice points. */
  readonly steps: number;
  /** Not a number, `null` in files, where nothing is learned from it and the simulator gives none. */
  readonly reward: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** The texts of the task's input by their names, e.g. the question. */
  readonly asked: Readonly<Record<string, string>>;
  /** What was decided at each choice point, in order: a text, a record as JSON, a label, or a candidate's index. */
  readonly said: readonly (readonly [point: string, agent: string, said: string | number])[];
  readonly result: Json;
  /** Of a logged episode: in which line of its file it stands. */
  readonly line?: number;
}

/** What an agent learned from in a round. */
export type AgentFigures = Omit<UpdateReport, "largestMove"> & {
  readonly steps: number;
  /** Pairs in which the greedy output led to the higher reward; absent where outputs are weighed by themselves. */
  readonly greedyWon?: number;
  /** Mean reward gap of the pairs, or mean size of the advantages. */
  readonly gap: number;
  /** Of all steps of the round. */
  readonly largestMove: number;
  /** Absent if there were none. */
  readonly alarms?: number;
};

/** A preference that a round gave. */
export interface PairEvent {
  readonly type: "pair";
  readonly round: number;
  readonly agent: string;
  readonly point: string;
  readonly task: string;
  readonly epoch: number;
  readonly gap: number;
  readonly probability: number;
  readonly greedyWon: boolean;
  /** The text, the label, or the index of the candidate. */
  readonly chosen: string | number;
  readonly rejected: string | number;
}

/** What an output was worth, of an algorithm that weighs outputs by themselves. */
export interface CreditEvent {
  readonly type: "credit";
  readonly round: number;
  readonly agent: string;
  readonly point: string;
  readonly task: string;
  readonly epoch: number;
  /** Which of the task's drawn episodes it is of; absent of a greedy one. */
  readonly sample?: number;
  /** By how much the reward was more than could be expected; 1 of what the task calls right. */
  readonly advantage: number;
  readonly probability: number;
  /** The text, the label, or the index of the candidate. */
  readonly said: string | number;
}

/** Everything that a training tells while it runs. */
export type TrainEvent =
  /** Where training begins or is taken up again. */
  | {
      readonly type: "begin";
      readonly round: number;
      readonly rounds: number;
      readonly episode: number;
      readonly episodes: number;
      /** That went through the model before, and that may in all; absent where the settings have no limit. */
      readonly tokens?: { readonly spent: number; readonly limit: number };
    }
  /** A greedy episode was played and judged, before anything was learned from it. */
  | ({ readonly type: "episode"; readonly round: number } & PlayedEpisode)
  /** An episode of the first round was played again with what had been learned in the end. */
  | ({ readonly type: "revisit"; readonly round: number } & PlayedEpisode)
  | PairEvent
  | CreditEvent
  /** An episode, or a deviation from one, that broke: what policy or simulator did, or the flow on its values. */
  | {
      readonly type: "lost";
      readonly round: number;
      readonly task: string;
      readonly epoch: number;
      readonly point?: string;
      readonly problem: string;
    }
  | ({
      readonly type: "update";
      readonly round: number;
      readonly step: number;
      readonly agent: string;
    } & UpdateReport)
  | {
      readonly type: "alarm";
      readonly round: number;
      readonly step: number;
      readonly agent: string;
      readonly alarm: Alarm;
    }
  /** An agent's reference was moved towards its trained numbers. */
  | {
      readonly type: "reference";
      readonly round: number;
      readonly agent: string;
      readonly version: string;
      readonly relativeError: number;
    }
  /** A round is over: means over its episodes (progressive validation), and what it cost. */
  | {
      readonly type: "round";
      readonly round: number;
      /** Episodes played since the start of the run. */
      readonly episodes: number;
      readonly reward: number;
      readonly metrics: Readonly<Record<string, number>>;
      /** Whether reward and metrics are there to be looked at alone, and nothing was learned from them; else absent. */
      readonly monitoring?: true;
      /** Whether the episodes were logged, so that reward and metrics are those of whoever played them; else absent. */
      readonly logged?: true;
      /** Terms that were learned from, and comparisons that gave none. */
      readonly pairs: number;
      readonly ties: number;
      /** Rollouts that were played to get there. */
      readonly deviations: number;
      /** Episodes and deviations that broke; absent if none did. */
      readonly lost?: number;
      /** What it took to find preferences without the reward. */
      readonly preferences?: PreferenceFigures;
      /** Of the agents that learned. */
      readonly agents: Readonly<Record<string, AgentFigures>>;
      readonly totals: Readonly<Totals>;
    }
  /** Held-out tasks are being played; so many of them were. */
  | { readonly type: "evaluating"; readonly rounds: number; readonly done: number; readonly tasks: number }
  /**
   * Held-out tasks were played, before the first round, between rounds, or after the last. If it is the `best` so far, the
   * policy's numbers are those to keep, while this is told.
   */
  | ({ readonly type: "evaluation" } & EvaluationReport)
  /** How long that took. */
  | {
      readonly type: "evaluation-timing";
      readonly rounds: number;
      /** Seconds since 1970. */
      readonly at: number;
      readonly evaluateSeconds: number;
    }
  /** What differs between equal runs, which no other event holds: times, memory, and what the model's cache did. */
  | {
      readonly type: "timing";
      readonly round: number;
      /** When the round ended, in seconds since 1970. */
      readonly at: number;
      readonly playSeconds: number;
      readonly deviateSeconds: number;
      readonly learnSeconds: number;
      /** Prompt tokens run through the model, and those taken from its cache. */
      readonly prefilled: number;
      readonly reused: number;
      /** Resident memory of the process, in bytes. */
      readonly memory: number;
    }
  /** The time that the settings allow is over, so no further round begins. */
  | { readonly type: "limit"; readonly round: number; readonly minutes: number }
  | { readonly type: "checkpoint"; readonly round: number; readonly path: string }
  | {
      readonly type: "end";
      readonly rounds: number;
      readonly episodes: number;
      readonly interrupted: boolean;
      /** Whether it is complete before all episodes were played, since evaluations got no better; absent otherwise. */
      readonly early?: true;
    };
