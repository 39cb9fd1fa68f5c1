import { PolicyError } from "./errors.js";

/**
 * What is done with a prompt that leaves no room for its output within the model's context. `left-of-user` leaves out
 * as many tokens as needed from the beginning of the user's message: the system message and the end of the prompt
 * stay. `error` refuses.
 */
export type Truncation = "left-of-user" | "error";

export const TRUNCATIONS: readonly Truncation[] = ["left-of-user", "error"];

/** What is done with prompts that are too long: the same for all agents, or for some of them something else. */
export type LongPrompts =
  | Truncation
  | {
      /** Default `left-of-user`. */
      readonly default?: Truncation;
      /** By the name of an agent. */
      readonly agents?: Readonly<Record<string, Truncation>>;
    };

/** What is done with an agent's prompts. */
export function truncationFor(longPrompts: LongPrompts): (agent: string) => Truncation {
  if (typeof longPrompts === "string") return () => longPrompts;
  const agents = new Map(Object.entries(longPrompts.agents ?? {}));
  return (agent) => agents.get(agent) ?? longPrompts.default ?? "left-of-user";
}

/**
 * Shortens a chat prompt to `room` tokens at the beginning of the user's message.
 *
 * @param ids the whole prompt
 * @param empty the same prompt with an empty user message: what the two share at both ends is not the user's
 * @throws PolicyError `bad-request` if the rest of the prompt alone exceeds the room
 */
export function truncateUser(
  ids: readonly number[],
  empty: readonly number[],
  room: number,
): readonly number[] {
  const drop = ids.length - room;
  if (drop <= 0) return ids;
  const shorter = Math.min(ids.length, empty.length);
  let head = 0;
  while (head < shorter && ids[head] === empty[head]) head++;
  let tail = 0;
  while (tail < shorter - head && ids[ids.length - 1 - tail] === empty[empty.length - 1 - tail]) tail++;
  if (head + drop > ids.length - tail) {
    throw new PolicyError(
      "bad-request",
      `a prompt's system message and template take ${head + tail} tokens, where ${room} fit into the model's context beside the output`,
    );
  }
  return [...ids.slice(0, head), ...ids.slice(head + drop)];
}
