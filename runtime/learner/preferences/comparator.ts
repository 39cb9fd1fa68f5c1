import { type Referee, SIGN } from "./referee.js";
import type { Comparison, PreferenceFigures, PreferenceSource, Way } from "./source.js";

/**
 * A comparator of two whole episodes. It is asked in both orders, since whoever compares may favour a place: where the order
 * decides, nothing is preferred. Every preference weighs the same, D = 1: a verdict says which, and not by how much. Labels
 * have probabilities, but those of a model that was not trained for them are no measure of a difference, and a verdict that a
 * flow comes to by several labels or by computing has none.
 */
export class Comparator implements PreferenceSource {
  readonly #referee: Referee;
  /** 1 where the second of a pair is better; by the pair. */
  readonly #verdicts = new Map<string, number>();
  #known = 0;
  #disagreed = 0;

  constructor(referee: Referee) {
    this.#referee = referee;
  }

  async advantages(comparisons: readonly Comparison[]): Promise<readonly number[]> {
    const fresh = new Map<string, Comparison>();
    const asked = comparisons.map(({ a, b }) => {
      const [left, right] = [this.#referee.key(a), this.#referee.key(b)];
      const isTurned = left > right;
      const { task, epoch } = a.episode;
      const pair = JSON.stringify([task.id, epoch, ...(isTurned ? [right, left] : [left, right])]);
      const isKnown = left === right || this.#verdicts.has(pair) || fresh.has(pair);
      if (isKnown) this.#known += 1;
      else fresh.set(pair, isTurned ? { a: b, b: a } : { a, b });
      return { pair, sign: left === right ? 0 : isTurned ? -1 : 1 };
    });
    await this.#compare([...fresh]);
    // No negative zero: a tie is a tie.
    return asked.map(({ pair, sign }) => (sign === 0 ? 0 : sign * this.#verdicts.get(pair)! || 0));
  }

  figures(): PreferenceFigures {
    const { known, ...figures } = this.#referee.figures();
    return { ...figures, known: known + this.#known, disagreed: this.#disagreed };
  }

  async #compare(pairs: readonly (readonly [string, Comparison])[]): Promise<void> {
    const ways = pairs.flatMap(([, { a, b }]): (readonly [Way, Way])[] => [
      [a, b],
      [b, a],
    ]);
    const verdicts = await this.#referee.ask(ways);
    for (const [i, [pair]] of pairs.entries()) {
      const [straight, turned] = [verdicts[2 * i], verdicts[2 * i + 1]];
      const said = straight === undefined ? undefined : SIGN[straight];
      const mirrored = turned === undefined ? undefined : SIGN[turned];
      const isWhole = said !== undefined && mirrored !== undefined;
      const agrees = isWhole && said + mirrored === 0;
      if (isWhole && !agrees) this.#disagreed += 1;
      this.#verdicts.set(pair, agrees ? said : 0);
    }
  }
}
