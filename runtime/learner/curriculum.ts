import { permutation } from "../machine/random.js";
import type { Play, Task } from "../search/index.js";
import { type Counts, firstOf, type Kinds } from "./strata.js";

/**
 * Which tasks a round plays: a function of the seed and the round alone. Every epoch goes through all tasks in an
 * order of its own, or through as many of each kind as its quota says: those that come first in that order, so that
 * other epochs play others.
 */
export class Curriculum {
  readonly #simulator: Kinds;
  readonly #seed: number;
  readonly #quotas: Counts | undefined;
  readonly #length: number;
  #epoch = -1;
  #order: readonly Task[] = [];

  /**
   * @param quotas tasks of each kind in an epoch, of which there are as many; all tasks by default
   * @throws RangeError if no task is played
   */
  constructor(simulator: Kinds, seed: number, quotas?: Counts) {
    this.#simulator = simulator;
    this.#seed = seed;
    this.#quotas = quotas;
    const { tasks } = simulator;
    this.#length = quotas === undefined ? tasks.length : [...quotas.values()].reduce((sum, n) => sum + n, 0);
    if (this.#length === 0) throw new RangeError("there are no tasks to train on");
  }

  /** Episodes `from` to `to` (exclusive) of the run, counted over all epochs. */
  plays(from: number, to: number): readonly Play[] {
    return Array.from({ length: to - from }, (_, i) => this.#play(from + i));
  }

  #play(episode: number): Play {
    const epoch = Math.floor(episode / this.#length);
    if (epoch !== this.#epoch) {
      this.#order = this.#orderOf(epoch);
      this.#epoch = epoch;
    }
    return { task: this.#order[episode % this.#length]!, epoch };
  }

  #orderOf(epoch: number): readonly Task[] {
    const { tasks } = this.#simulator;
    const key = JSON.stringify([this.#seed, epoch, "order of tasks"]);
    const order = Array.from(permutation(tasks.length, key), (i) => tasks[i]!);
    return this.#quotas === undefined ? order : firstOf(order, this.#simulator, this.#quotas);
  }
}
