import { createHash } from "node:crypto";
import type { Json } from "../machine/index.js";
import type { Step } from "./episode.js";

/** The steps that a rollout takes from its start, as far as it has come. */
export interface Trail {
  readonly steps: Step[];
  /** Set when the rollout reached a state that another one had reached before, and stopped there. */
  joined?: Place;
  /** Set when the rollout ended by itself. */
  result?: Json;
}

/** A place on a trail: the state before its step `at` (or the end). */
export interface Place {
  readonly trail: Trail;
  readonly at: number;
}

/** What comes after a place, through all joins. Call it when every trail has come to its end. */
export function ending({ trail, at }: Place): { readonly steps: readonly Step[]; readonly result: Json } {
  const steps = trail.steps.slice(at);
  let end = trail;
  while (end.joined !== undefined) {
    const { joined } = end;
    for (const step of joined.trail.steps.slice(joined.at)) steps.push(step);
    end = joined.trail;
  }
  if (end.result === undefined) throw new Error("a rollout was read before it had ended");
  return { steps, result: end.result };
}

/**
 * States that a greedy rollout has reached, each with where it went on. A state's JSON holds program position, all
 * variables and the loop path, so with the same adapters equal JSON means equal future: a second rollout that
 * arrives there takes the first one's ending. It serves greedy rollouts only; a sampled future is keyed by more.
 */
export class Endings {
  readonly #places = new Map<string, Place>();

  /** The place of an equal state that was reached before, or undefined after noting this one. */
  join(state: Json, versions: string, place: Place): Place | undefined {
    const key = createHash("sha256")
      .update(versions)
      .update("\n")
      .update(JSON.stringify(state))
      .digest("base64");
    const known = this.#places.get(key);
    if (known === undefined) this.#places.set(key, place);
    return known;
  }
}
