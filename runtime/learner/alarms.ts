import type { Settings } from "./settings.js";
import type { UpdateReport } from "./update.js";

/** Something about an agent's updates that a person should look at. */
export type Alarm =
  /** So many updates running every coordinate's gradient was zero: nothing is learned from the agent's pairs. */
  | { readonly kind: "no-gradient"; readonly updates: number }
  /** The loss or a gradient is not finite: the step is not taken, nor what was left of the round's steps. */
  | {
      readonly kind: "not-finite";
      readonly loss: number;
      /** Euclidean norm. */
      readonly gradient: number;
      /** Whether the step before was taken back, since it had made the policy's outputs not finite. */
      readonly undone: boolean;
      /** Where the batch is kept, from the run's folder; absent if nothing is recorded. */
      readonly batch?: string;
    }
  /** One step moved a parameter further than the settings' limit. */
  | { readonly kind: "large-move"; readonly move: number; readonly limit: number }
  /** Coin betting has won more on a parameter than so many times what it had to bet with, see `Movement.wealth`. */
  | { readonly kind: "wealth"; readonly wealth: number; readonly limit: number };

/** What an agent's updates have been like so far; plain JSON. */
interface History {
  /** Updates running without a gradient. */
  readonly quiet: number;
  /** The wealth that was last told of; 0 if none was. */
  readonly wealth: number;
  /** Whether any has moved a parameter. */
  readonly moved: boolean;
}

const NOTHING: History = { quiet: 0, wealth: 0, moved: false };

/** Watches every agent's updates. What it has seen is part of a checkpoint, so a resumed run raises the same alarms. */
export class Alarms {
  readonly #limits: Settings["alarms"];
  #histories = new Map<string, History>();

  constructor(limits: Settings["alarms"]) {
    this.#limits = limits;
  }

  /** What is to be said of an update that was made. */
  raised(agent: string, { gradientInf, largestMove, wealth = 0 }: UpdateReport): readonly Alarm[] {
    const { largest_move, no_gradient, wealth: most } = this.#limits;
    const before = this.#histories.get(agent) ?? NOTHING;
    const quiet = gradientInf === 0 ? before.quiet + 1 : 0;
    // Wealth that stays is no news; twice as much is.
    const isRicher = wealth > most && wealth >= 2 * before.wealth;
    const moved = before.moved || largestMove !== 0;
    this.#histories.set(agent, { quiet, wealth: isRicher ? wealth : before.wealth, moved });
    const alarms: Alarm[] = [];
    if (quiet > 0 && quiet % no_gradient === 0) alarms.push({ kind: "no-gradient", updates: quiet });
    // A move that is no number, from one that overflowed, is too large as well.
    if (!(largestMove <= largest_move))
      alarms.push({ kind: "large-move", move: largestMove, limit: largest_move });
    if (isRicher) alarms.push({ kind: "wealth", wealth, limit: most });
    return alarms;
  }

  /** Whether the agent's parameters were ever moved. */
  hasMoved(agent: string): boolean {
    return this.#histories.get(agent)?.moved === true;
  }

  /** Plain JSON, in the order in which agents were first seen. */
  state(): readonly (readonly [agent: string, history: History])[] {
    return [...this.#histories];
  }

  restore(state: readonly (readonly [agent: string, history: History])[]): void {
    this.#histories = new Map(state);
  }
}
