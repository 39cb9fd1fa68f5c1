import type { Fields } from "./json-lines.js";

/** An episode of which the report shows what was asked and said. */
export interface Sample {
  readonly episode: number;
  readonly task: string;
  readonly reward: number;
  readonly metrics: ReadonlyMap<string, number>;
  /** Texts of the task's input, by name. */
  readonly asked: ReadonlyMap<string, string>;
  readonly said: readonly Said[];
  /** What the flow gave, as JSON; undefined where that was not kept. */
  readonly result: string | undefined;
}

/** What was decided at one choice point. */
export interface Said {
  readonly agent: string;
  /** Loop passes and list indices that led there, e.g. `2`; empty where there are none. */
  readonly path: string;
  /** A text or a label, or the index of a candidate. */
  readonly what: string | number;
}

/** Figures by episode: numbers of the run from 0, in order, and values beside them. */
export interface Series {
  readonly at: readonly number[];
  readonly values: readonly number[];
}

/** What one agent's learning came to in one round. */
export interface AgentRound {
  /** Episodes played when the round was over. */
  readonly episodes: number;
  readonly pairs: number;
  /** Undefined where outputs are not compared two by two. */
  readonly greedyWon: number | undefined;
  readonly gap: number;
  /** Undefined where it was not finite. */
  readonly loss: number | undefined;
  readonly advantage: number | undefined;
  readonly accuracy: number | undefined;
  readonly largestMove: number;
}

/** Something that happened, in the order in which it did. */
export interface Happening {
  readonly round: number;
  /** Undefined where it is of no agent. */
  readonly agent: string | undefined;
  readonly what: string;
}

/** The first of a kind of happenings, and how many there are. */
export interface Happenings<Kind extends Happening = Happening> {
  readonly count: number;
  readonly first: readonly Kind[];
}

export interface Reference extends Happening {
  /** Episodes played when it moved. */
  readonly episodes: number;
}

/** How the flow did on held-out tasks. */
export interface Evaluation {
  /** Rounds and episodes learned from by then. */
  readonly rounds: number;
  readonly episodes: number;
  readonly tasks: number;
  /** Undefined where it was not known. */
  readonly reward: number | undefined;
  /** Standard error of the reward's mean; undefined where it was not kept. */
  readonly error: number | undefined;
  readonly metrics: ReadonlyMap<string, number>;
  /** Whether none before had as high a reward. */
  readonly best: boolean;
  readonly lost: number;
}

/** Where a run stands. */
export type RunState = "complete" | "running" | "interrupted";

/** All that a report shows of a run. */
export interface RunSummary {
  readonly state: RunState;
  /** The settings' minutes were over. */
  readonly outOfTime: boolean;
  /** What made it complete before all episodes were played: evaluations that got no better, or tokens that were spent. */
  readonly endedBy: "evaluations" | "tokens" | undefined;
  /** Whether rewards were looked at alone, and nothing was learned from them. */
  readonly monitoring: boolean;
  readonly flow: string;
  /** `run.json`. */
  readonly manifest: Fields;
  readonly settings: Fields;
  /** Nothing was played: the episodes, and their rewards, are of whoever was logged. */
  readonly isLogged: boolean;
  readonly rounds: number;
  /** Episodes played and asked for. */
  readonly played: number;
  readonly episodes: number;
  readonly episodesPerRound: number;
  readonly reward: Series;
  /** By name, in the order in which they came. */
  readonly metrics: ReadonlyMap<string, Series>;
  /** By agent, in the order in which they came; agents without a pair are there with no rounds. */
  readonly agents: ReadonlyMap<string, readonly AgentRound[]>;
  readonly pairs: number;
  readonly ties: number;
  readonly deviations: number;
  /** What the search did, summed over the rounds, by the names that metrics.jsonl has. */
  readonly totals: ReadonlyMap<string, number>;
  /** What it took to find preferences without the reward, by the names that metrics.jsonl has; empty where that was not done. */
  readonly preferences: ReadonlyMap<string, number>;
  /** Seconds and tokens of all rounds, by the names that timings.jsonl has. */
  readonly times: ReadonlyMap<string, number>;
  /** The most resident memory after a round, in bytes. */
  readonly memory: number | undefined;
  readonly firstSamples: readonly Sample[];
  readonly lastSamples: readonly Sample[];
  /** Tasks of the first round once more, at the end. */
  readonly revisits: readonly Sample[];
  readonly alarms: Happenings;
  readonly lost: Happenings;
  readonly references: Happenings<Reference>;
  readonly evaluations: readonly Evaluation[];
  /** Events that this version of the report has no place for, by type. */
  readonly others: ReadonlyMap<string, Happenings>;
}
