import { expect, it } from "vitest";
import { type Arm, arms, CORE_TOKENS } from "../../flows/experiments/arms.js";
import { root } from "../../flows/experiments/flowc.js";
import {
  identityOf,
  type Job,
  jobsOf,
  nameOf,
  obstacleOf,
  settingsText,
} from "../../flows/experiments/jobs.js";
import { parseSettings } from "../../runtime/learner/index.js";

const jobs = (selection: Partial<Parameters<typeof jobsOf>[1]> = {}): readonly Job[] => {
  const found = jobsOf(arms, { seeds: [0, 1, 2], ...selection });
  if (typeof found === "string") throw new Error(found);
  return found;
};

it("runs seed by seed, and a base that is not trained once", () => {
  const names = jobs({ only: ["untrained", "deviations", "half-budget"] }).map(nameOf);
  expect(names).toEqual([
    ...["untrained-0", "deviations-0", "half-budget-0"],
    ...["deviations-1", "half-budget-1", "deviations-2", "half-budget-2"],
  ]);
  expect(jobsOf(arms, { only: ["deviation"], seeds: [0] })).toBe("deviation");
  expect(new Set(arms.map(({ name }) => name)).size).toBe(arms.length);
});

it("runs an arm that has seeds of its own with these, and with others never", () => {
  const of = (selection: object) =>
    jobs({ only: ["deviations", "deviations-again"], ...selection }).map(nameOf);
  const own = [3, 4, 5, 6].map((seed) => `deviations-again-${seed}`);
  expect(of({ seeds: undefined })).toEqual([
    ...["deviations-0", own[0], "deviations-1", own[1], "deviations-2", own[2], own[3]],
  ]);
  expect(of({ seeds: [0, 4] })).toEqual(["deviations-0", own[1], "deviations-4"]);
  // It is the very run that the arm would be which it runs again, but that adapters are not evaluated one at a time.
  const [first, again] = ["leave-one-out-3", "leave-one-out-3-again"].map((name) => {
    return jobs({ only: [name], seeds: [3] })[0]!;
  });
  expect(identityOf(again!)).toBe(identityOf(first!));
});

it("shrinks all budgets with that of the core arms", () => {
  const tokens = { core: CORE_TOKENS / 100, of: CORE_TOKENS };
  const found = jobs({ only: ["deviations", "half-budget", "untrained"], seeds: [0], tokens });
  expect(found.map(({ arm }) => arm.tokens)).toEqual([0, CORE_TOKENS / 100, CORE_TOKENS / 200]);
});

it("gives each run its budget and its seed in settings that are accepted, and says what stands in the way of others", () => {
  for (const job of jobs()) {
    const obstacle = obstacleOf(job, root);
    if (job.arm.settings === null || obstacle !== undefined) continue;
    const parsed = parseSettings(settingsText(job, root));
    expect(parsed.ok && parsed.settings).toMatchObject({
      tokens: job.arm.tokens / (job.arm.stages?.length ?? 1),
      seed: job.seed,
      reward: { answer_f1: 1, support_f1: 0.5, hop_cost: 0.02 },
    });
  }
  const [job] = jobs({ only: ["deviations"] });
  const of = (change: Partial<Arm>): Job => ({ ...job!, arm: { ...job!.arm, ...change } });
  expect(obstacleOf(of({ settings: { betta: 1 } }), root)).toBe("settings: unknown key betta");
  expect(obstacleOf(job!, "/nowhere")).toMatch(/^flows\/base\/saturated is missing/);
});

it("takes no run for another: all that decides what it comes to is in its identity", () => {
  const [job] = jobs({ only: ["deviations"] });
  const changed: readonly Job[] = [
    { ...job!, seed: 1 },
    { ...job!, limit: 3 },
    { ...job!, arm: { ...job!.arm, tokens: 1 } },
    { ...job!, arm: { ...job!.arm, settings: { ...job!.arm.settings, beta: 0.4 } } },
  ];
  expect(new Set([job!, ...changed].map(identityOf)).size).toBe(5);
  expect(identityOf({ ...job!, arm: { ...job!.arm, what: "in other words" } })).toBe(identityOf(job!));
});
