import { createHash } from "node:crypto";
import type { Json } from "../machine/index.js";
import type { Step } from "./episode.js";
import type { SearchError } from "./error.js";
import { Recent } from "./recent.js";

/** The steps that a rollout takes from its start, as far as it has come. */
export interface Trail {
  readonly steps: Step[];
  /** Set when the rollout reached a state that another one had reached before, and stopped there. */
  joined?: Place;
  /** Set when the rollout ended by itself, the second by a flow with effects. */
  result?: Json;
  world?: Json | undefined;
  /** Set when the rollout broke, as every other will that reaches one of its states. */
  broken?: SearchError;
}

/** A place on a trail: the state before its step `at` (or the end). */
export interface Place {
  readonly trail: Trail;
  readonly at: number;
}

/** How a rollout went on. */
export interface Ending {
  readonly steps: readonly Step[];
  readonly result: Json;
  /** The simulator's state at the end; absent of a flow without effects. */
  readonly world?: Json;
}

/** What comes after a place, through all joins, or what broke there. Call it when every trail has come to its end. */
export function ending({ trail, at }: Place): Ending | SearchError {
  const steps = trail.steps.slice(at);
  let end = trail;
  while (end.joined !== undefined) {
    const { joined } = end;
    for (const step of joined.trail.steps.slice(joined.at)) steps.push(step);
    end = joined.trail;
  }
  if (end.broken !== undefined) return end.broken;
  if (end.result === undefined) throw new Error("a rollout was read before it had ended");
  const { result, world } = end;
  return { steps, result, ...(world === undefined ? {} : { world }) };
}

/** What a future depends on besides the machine's state. */
export interface EndingKey {
  /** Of the adapters. */
  readonly versions: string;
  /** Of a flow with effects. */
  readonly effects: { readonly world: Json; readonly task: string; readonly epoch: number } | undefined;
  /** Of a rollout whose outputs are drawn: what keys its random numbers. */
  readonly noise?: Json | undefined;
}

/** States kept at most; those beyond it go, with the steps that they alone keep, so that memory stays flat. */
const CAPACITY = 1 << 14;
/** Longer texts are kept as their digests. */
const LONGEST = 256;

/**
 * States that a greedy rollout has reached, each with where it went on. A state's JSON holds program position, all
 * variables and the loop path, so with the same adapters equal JSON means equal future: a second rollout that
 * arrives there takes the first one's ending. A future that is drawn is keyed by more, and so is one with effects, which
 * depends on the simulator's state and on what keys its random numbers.
 */
export class Endings {
  readonly #places = new Recent<Place>(CAPACITY);

  /** The place of an equal state that was reached before, or undefined after noting this one. */
  join(state: Json, { versions, effects, noise }: EndingKey, place: Place): Place | undefined {
    const at = effects === undefined ? state : [state, effects];
    const text = JSON.stringify(noise === undefined ? at : [at, noise]);
    const key = keyOf(`${noise === undefined ? "" : "drawn "}${versions}\n${text}`);
    const known = this.#places.get(key);
    if (known === undefined) this.#places.set(key, place);
    return known;
  }
}

function keyOf(text: string): string {
  return text.length <= LONGEST ? text : createHash("sha256").update(text).digest("base64");
}
