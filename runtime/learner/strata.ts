import type { Simulator, Task } from "../search/index.js";

/** Which kinds of tasks are played in which proportions. */
export type Strata = "all" | "even" | "held-out" | Readonly<Record<string, number>>;

/** Tasks by their kind. */
export type Counts = ReadonlyMap<string, number>;

/** Whose tasks are of kinds. */
export type Kinds = Pick<Simulator, "tasks" | "stratum">;

/** What a simulator says a task is; "other" where it says nothing. */
export function stratumOf(simulator: Kinds, task: Task): string {
  return simulator.stratum?.(task) ?? "other";
}

/** How many tasks there are of each kind, by the order of the kinds' names. */
export function countStrata(simulator: Kinds): Counts {
  const counts = new Map<string, number>();
  for (const task of simulator.tasks) {
    const stratum = stratumOf(simulator, task);
    counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * How many tasks of each kind an epoch plays: as many as there can be in these proportions.
 *
 * @param heldOut counts of the held-out tasks, if there are some
 * @returns undefined if every task is played; a text that says what cannot be
 */
export function quotasOf(
  strata: Strata,
  counts: Counts,
  heldOut: Counts | undefined,
): Counts | undefined | string {
  if (strata === "all") return undefined;
  if (strata === "held-out" && heldOut === undefined) return "there are no held-out tasks to match";
  const weights =
    strata === "even"
      ? new Map([...counts.keys()].map((name) => [name, 1]))
      : strata === "held-out"
        ? heldOut!
        : new Map(Object.entries(strata));
  const wanted = new Map([...weights].filter(([, weight]) => weight > 0));
  const missing = [...wanted.keys()].find((name) => !counts.has(name));
  if (missing !== undefined) {
    return `there are no tasks of the stratum ${JSON.stringify(missing)}; there are ${[...counts.keys()].join(", ")}`;
  }
  if (wanted.size === 0) return "one of the strata's weights must be above 0";
  const sum = [...wanted.values()].reduce((total, weight) => total + weight, 0);
  const most = Math.min(...[...wanted].map(([name, weight]) => (counts.get(name)! * sum) / weight));
  // A hair above, so that rounding leaves out none where the proportions are met exactly.
  return apportion(Math.floor(most * (1 + 1e-12)), wanted);
}

/** Shares a whole number out in proportions, by largest remainders; of equal ones the first in the order of names. */
export function apportion(total: number, weights: Counts): Counts {
  const sum = [...weights.values()].reduce((all, weight) => all + weight, 0);
  const exact = [...weights]
    .map(([name, weight]) => ({ name, share: (total * weight) / sum }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shares = new Map(exact.map(({ name, share }) => [name, Math.floor(share)]));
  let left = total - [...shares.values()].reduce((all, share) => all + share, 0);
  const remainder = ({ share }: { readonly share: number }) => share - Math.floor(share);
  for (const { name } of exact.toSorted((a, b) => remainder(b) - remainder(a))) {
    if (left <= 0) break;
    shares.set(name, shares.get(name)! + 1);
    left -= 1;
  }
  return shares;
}

/** Of tasks in an order those that come first, as many of each kind as the quotas say. */
export function firstOf(tasks: readonly Task[], simulator: Kinds, quotas: Counts): readonly Task[] {
  const left = new Map(quotas);
  return tasks.filter((task) => {
    const stratum = stratumOf(simulator, task);
    const more = left.get(stratum) ?? 0;
    left.set(stratum, more - 1);
    return more > 0;
  });
}
