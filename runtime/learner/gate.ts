/** Rewards of one window of episodes, summed up. */
export interface Window {
  readonly count: number;
  readonly mean: number;
  /** Unbiased sample variance. */
  readonly variance: number;
}

/** What a gate remembers between episodes; plain JSON. */
export interface GateState {
  /** Rewards of the window that is filling. */
  readonly filling: readonly number[];
  /** The window of highest mean so far. */
  readonly best: Window | null;
}

/**
 * Says when training has got better for sure enough to move the reference: a window's mean reward must lie above
 * the best earlier window's by so many standard errors of their difference. A bare record is no evidence: among m
 * windows of pure noise there are about ln m records.
 */
export class Gate {
  readonly #size: number;
  readonly #confidence: number;
  readonly #isOpen: boolean;
  #state: GateState = { filling: [], best: null };

  /**
   * @param size episodes in a window @param confidence standard errors of the difference
   * @param isOpen lets every window pass, whatever its rewards are, and if nobody knows them
   */
  constructor(size: number, confidence: number, isOpen = false) {
    this.#size = size;
    this.#confidence = confidence;
    this.#isOpen = isOpen;
  }

  /** Takes one progressive reward (of an episode that nothing had been learned from). @returns whether to move */
  add(reward: number): boolean {
    // An open gate counts episodes alone.
    const filling = [...this.#state.filling, this.#isOpen ? 0 : reward];
    if (filling.length < this.#size) {
      this.#state = { ...this.#state, filling };
      return false;
    }
    const { best } = this.#state;
    if (this.#isOpen) {
      this.#state = { filling: [], best };
      return true;
    }
    const window = summarize(filling);
    this.#state = { filling: [], best: best === null || window.mean > best.mean ? window : best };
    if (best === null) return false;
    const error = Math.sqrt(window.variance / window.count + best.variance / best.count);
    return window.mean - best.mean > this.#confidence * error;
  }

  state(): GateState {
    return this.#state;
  }

  restore(state: GateState): void {
    this.#state = state;
  }
}

function summarize(rewards: readonly number[]): Window {
  const count = rewards.length;
  const mean = rewards.reduce((sum, r) => sum + r, 0) / count;
  const squares = rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0);
  return { count, mean, variance: count > 1 ? squares / (count - 1) : 0 };
}
