import type { Counters, JudgedEpisode, Lost } from "../search/index.js";
import type { Signal } from "./algorithm.js";

/** Where a training's episodes come from, and what it learns from them. */
export interface Experience {
  /**
   * Those of a round.
   *
   * @param from number of the first one in the run
   * @param to number of the one after the last
   * @throws SearchError if all of them break
   */
  take(round: number, from: number, to: number): Promise<Taken>;
  /** The first `count` episodes of the run again, with what has been learned since; none where that cannot be. */
  again(count: number): Promise<readonly JudgedEpisode[]>;
}

/** A round's episodes, and what can be made of them. */
export interface Taken {
  readonly episodes: readonly JudgedEpisode[];
  /** What is learned from them. What it takes is counted like the episodes themselves. */
  signal(): Promise<Signal>;
  /** Of all that was played so far. */
  readonly counters: Readonly<Counters>;
  /** What broke so far. */
  readonly lost: readonly Lost[];
  /** Of episodes that others have played: in which line of their file each stands. */
  readonly lines?: readonly number[];
}
