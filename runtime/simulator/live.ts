import { type Json, same } from "../machine/index.js";
import type { Acted, EffectCall } from "../search/ports/simulator.js";

/** Something that has one state, which it keeps itself: a game, a page, files in a folder. */
export interface Live {
  /** Puts it where a task begins. */
  reset(input: Json): unknown;
  /** What `restore` needs to come back to where it stands: the state, or a name for it. Plain JSON. */
  snapshot?(): Json | Promise<Json>;
  restore?(snapshot: Json): unknown;
}

/** Does one effect where it stands. */
export type LiveAct = (inputs: EffectCall["inputs"], random: () => number) => unknown;

/** Where a live simulator stands: what it began with, a snapshot if it makes some, and what was done since. */
type Standing = {
  readonly input: Json;
  readonly snapshot?: Json;
  readonly calls: readonly Done[];
};

/** An effect that was done, with all that is needed to do it again. */
type Done = {
  readonly effect: string;
  readonly inputs: EffectCall["inputs"];
  /** The random numbers that it took. */
  readonly drawn: readonly number[];
  readonly result: Json;
};

/**
 * Makes the state of something that keeps it itself a value, so that a search can fork it: the value says how to come
 * there. Where it does not stand it is taken to, by its snapshot, or by a reset and the effects since, done again with
 * the random numbers that they had; each of these must give what it gave. Calls are done one after the other.
 */
export class LiveState {
  readonly #live: Live;
  readonly #acts: ReadonlyMap<string, LiveAct>;
  readonly #pure: ReadonlySet<string>;
  /** Where it stands; undefined if that is not known. */
  #standing: Standing | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** How to refuse what is done or waits for its turn. */
  readonly #open = new Set<(error: Error) => void>();
  #isStuck = false;

  /**
   * @param acts by effect
   * @param pure effects that leave everything as it was
   * @throws TypeError if it can make snapshots and not restore them, or the other way round
   */
  constructor(live: Live, acts: ReadonlyMap<string, LiveAct>, pure: ReadonlySet<string> = new Set()) {
    if ((live.snapshot === undefined) !== (live.restore === undefined)) {
      throw new TypeError("`live` has one of `snapshot` and `restore`, which only make sense together");
    }
    this.#live = live;
    this.#acts = acts;
    this.#pure = pure;
  }

  start(input: Json): Promise<Json> {
    return this.#inTurn(async () => {
      await this.#leave(() => this.#live.reset(structuredClone(input)));
      return this.#arrive({ input, calls: [] });
    });
  }

  act(state: Json, { effect, inputs }: EffectCall, random: () => number): Promise<Acted> {
    return this.#inTurn(async () => {
      const from = state as Standing;
      if (this.#standing !== from && !same(this.#standing, from)) await this.#goTo(from);
      const drawn: number[] = [];
      const draw = () => {
        const number = random();
        drawn.push(number);
        return number;
      };
      const result = await this.#leave(() => this.#do(effect, inputs, draw));
      if (this.#pure.has(effect)) {
        this.#standing = from;
        return { state, result };
      }
      const done = { effect, inputs, drawn, result };
      return { state: await this.#arrive({ ...from, calls: [...from.calls, done] }), result };
    });
  }

  async #goTo(state: Standing): Promise<void> {
    await this.#leave(() =>
      state.snapshot === undefined || this.#live.restore === undefined
        ? this.#live.reset(structuredClone(state.input))
        : this.#live.restore(structuredClone(state.snapshot)),
    );
    for (const { effect, inputs, drawn, result } of state.calls) {
      const numbers = drawn.values();
      const again = await this.#do(effect, inputs, () => {
        const { value, done } = numbers.next();
        if (done === true) throw new Error(`\`${effect}\` took more random numbers when it was done again`);
        return value;
      });
      if (same(again, result)) continue;
      throw new Error(
        `\`${effect}\` gave ${JSON.stringify(result)}, and ${JSON.stringify(again)} when it was done again to come back there: \`reset\` leaves something behind, or the effect depends on something else`,
      );
    }
  }

  async #do(effect: string, inputs: EffectCall["inputs"], random: () => number): Promise<Json> {
    const act = this.#acts.get(effect);
    if (act === undefined) throw new RangeError(`no effect ${effect}`);
    // What it gives may be a part of itself, which goes on changing.
    return structuredClone(await act(structuredClone(inputs), random)) as Json;
  }

  /** While it moves nobody knows where it stands, nor afterwards if that fails. */
  async #leave<T>(move: () => T | Promise<T>): Promise<T> {
    this.#standing = undefined;
    return await move();
  }

  async #arrive(standing: Standing): Promise<Json> {
    const taken = await this.#live.snapshot?.();
    const at =
      taken === undefined ? standing : { input: standing.input, snapshot: structuredClone(taken), calls: [] };
    this.#standing = at;
    return at;
  }

  /** What it does now will come to no end, and nothing else can be done before. */
  abandon(): void {
    if (this.#open.size === 0) return;
    this.#isStuck = true;
    for (const refuse of this.#open) refuse(new Error(STUCK));
    this.#open.clear();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isStuck) return Promise.reject(new Error(STUCK));
    return new Promise<T>((resolve, reject) => {
      this.#open.add(reject);
      this.#last = this.#last
        .then(work)
        .then(resolve, reject)
        .finally(() => this.#open.delete(reject));
    });
  }
}

const STUCK = "an effect before it came to no end, and it does one thing at a time";
