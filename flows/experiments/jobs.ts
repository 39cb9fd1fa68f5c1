import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseSettings } from "../../runtime/learner/index.js";
import { type Arm, files } from "./arms.js";

/** One run: an arm with a seed. */
export interface Job {
  readonly arm: Arm;
  readonly seed: number;
  /** Questions to evaluate with; all if it is not said. */
  readonly limit?: number;
}

/** What is to be run, how small it may be, and for which seeds. */
export interface Selection {
  readonly only?: readonly string[];
  /** 0, 1 and 2 unless it is said. Of an arm that has seeds of its own, those of them; all of them unless it is said. */
  readonly seeds?: readonly number[];
  /** Instead of the core arms' budget; the others' shrink in proportion. */
  readonly tokens?: { readonly core: number; readonly of: number };
  readonly limit?: number;
}

const SEEDS = [0, 1, 2];

/**
 * The runs of a selection, seed by seed, so that a queue that is stopped has all arms to compare rather than all seeds of a
 * few. A base that is not trained has no seeds to tell apart.
 *
 * @returns the name of an arm that there is not, or the runs
 */
export function jobsOf(
  arms: readonly Arm[],
  { only, seeds, tokens, limit }: Selection,
): readonly Job[] | string {
  const unknown = only?.find((name) => arms.every((arm) => arm.name !== name));
  if (unknown !== undefined) return unknown;
  const chosen = arms
    .filter(({ name }) => only === undefined || only.includes(name))
    .map((arm) =>
      tokens === undefined ? arm : { ...arm, tokens: Math.ceil((arm.tokens * tokens.core) / tokens.of) },
    );
  const seedsOf = (arm: Arm): readonly number[] => {
    if (arm.settings === null) return [0];
    return arm.seeds?.filter((seed) => seeds?.includes(seed) ?? true) ?? seeds ?? SEEDS;
  };
  const runs = chosen.flatMap((arm) => seedsOf(arm).map((seed, turn) => ({ arm, seed, turn })));
  return runs
    .sort((a, b) => a.turn - b.turn)
    .map(({ arm, seed }) => ({ arm, seed, ...(limit === undefined ? {} : { limit }) }));
}

/** Names all that decides what a run comes to, so that no other run is taken for it. */
export function identityOf({ arm, seed, limit }: Job): string {
  const { name: _, what: __, seeds: ___, ...decisive } = arm;
  return createHash("sha256")
    .update(JSON.stringify([decisive, files[arm.part], seed, limit ?? null]))
    .digest("hex")
    .slice(0, 12);
}

export function nameOf({ arm, seed }: Job): string {
  return `${arm.name}-${seed}`;
}

/**
 * The settings file of a run's trainings; JSON is YAML. Who evaluates with few questions monitors with no more.
 *
 * @param root of the checkout, from which settings name files
 */
export function settingsText({ arm, seed, limit }: Job, root: string): string {
  const { settings, stages = [undefined] } = arm;
  const tokens = Math.ceil(arm.tokens / stages.length);
  const evaluation = limit === undefined ? {} : { evaluation: { every: 25, tasks: limit } };
  const { preferences, ...rest } = { ...settings } as { readonly preferences?: { readonly flow: string } };
  const judged =
    preferences === undefined ? {} : { preferences: { ...preferences, flow: join(root, preferences.flow) } };
  return `${JSON.stringify({ ...rest, ...judged, ...evaluation, tokens, seed }, null, 2)}\n`;
}

/** Why a run cannot be made in this checkout; undefined if it can. */
export function obstacleOf(job: Job, root: string): string | undefined {
  const { base, settings } = job.arm;
  if (!existsSync(join(root, "flows/base", base, "model.safetensors")))
    return `flows/base/${base} is missing; flows/base/README.md tells how it is made`;
  if (settings === null) return undefined;
  const parsed = parseSettings(settingsText(job, root));
  return parsed.ok ? undefined : `settings: ${parsed.problems.map(({ message }) => message).join("; ")}`;
}
