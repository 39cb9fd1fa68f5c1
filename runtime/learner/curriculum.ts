import { permutation } from "../machine/random.js";
import type { Play, Task } from "../search/index.js";

/**
 * Which tasks a round plays: a function of the seed and the round alone. Every epoch goes through all tasks in an
 * order of its own.
 */
export class Curriculum {
  readonly #tasks: readonly Task[];
  readonly #seed: number;
  #epoch = -1;
  #order: Uint32Array = new Uint32Array(0);

  /** @throws RangeError without tasks */
  constructor(tasks: readonly Task[], seed: number) {
    if (tasks.length === 0) throw new RangeError("there are no tasks to train on");
    this.#tasks = tasks;
    this.#seed = seed;
  }

  /** Episodes `from` to `to` (exclusive) of the run, counted over all epochs. */
  plays(from: number, to: number): readonly Play[] {
    return Array.from({ length: to - from }, (_, i) => this.#play(from + i));
  }

  #play(episode: number): Play {
    const epoch = Math.floor(episode / this.#tasks.length);
    if (epoch !== this.#epoch) {
      this.#order = permutation(this.#tasks.length, JSON.stringify([this.#seed, epoch, "order of tasks"]));
      this.#epoch = epoch;
    }
    return { task: this.#tasks[this.#order[episode % this.#tasks.length]!]!, epoch };
  }
}
