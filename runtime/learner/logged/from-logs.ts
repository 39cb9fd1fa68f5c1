import { newCounters } from "../../search/index.js";
import { Curriculum } from "../curriculum.js";
import type { Experience, Taken } from "../experience.js";
import type { Settings } from "../settings.js";
import type { Counts } from "../strata.js";
import type { LoggedEpisodes } from "./logged-episodes.js";
import type { LoggedSample } from "./logged-sample.js";

export interface FromLogsOptions {
  readonly logged: LoggedEpisodes;
  readonly settings: Settings;
  /** Episodes of each kind of task in an epoch; all of them if undefined. */
  readonly quotas: Counts | undefined;
  readonly algorithm: LoggedSample;
}

/** Episodes that others have played before: nothing is played, and nothing can be played again. */
export class FromLogs implements Experience {
  readonly #options: FromLogsOptions;
  readonly #curriculum: Curriculum;

  /** @throws RangeError if there is no episode */
  constructor(options: FromLogsOptions) {
    const { logged, settings, quotas } = options;
    this.#options = options;
    this.#curriculum = new Curriculum(logged, settings.seed, quotas);
  }

  async take(_: number, from: number, to: number): Promise<Taken> {
    const { logged, algorithm } = this.#options;
    const plays = this.#curriculum.plays(from, to);
    const episodes = await Promise.all(plays.map(({ task }, play) => logged.judged(task, play)));
    return {
      episodes,
      signal: () => algorithm.signal(episodes),
      counters: newCounters(),
      lost: [],
      lines: episodes.map(({ episode }) => logged.episodes[logged.indexOf(episode)]!.line),
    };
  }

  async again(): Promise<readonly []> {
    return [];
  }
}
