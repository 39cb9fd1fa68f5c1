import { describe, expect, it } from "vitest";
import {
  defaultSettings,
  type EvaluationReport,
  type Settings,
  type TabularPolicy,
  type TrainEvent,
  type TrainSummary,
  train,
} from "../../runtime/learner/index.js";
import type { Simulator } from "../../runtime/search/index.js";
import { retrieveUntilDone } from "../fixtures/machines/flows.js";
import { opinionated, searchOf } from "../search/support.js";

const world = retrieveUntilDone();
const settings: Settings = {
  ...defaultSettings(),
  episodes: 22,
  episodes_per_round: 4,
  alternatives: { generate: 3, choose: "all", pick: "all", draws: 6, share: 1 },
  pairs: "all",
  optimizer: { kind: "cocob", alpha: 20, clip: "none" },
  evaluation: { every: 2, tasks: "all" },
};
/** One that asks again before it is done, so that there is something to learn. */
const eager = () => opinionated(world, 1, (agent, output) => (agent === "enough" && output === "no" ? 3 : 0));

interface Told {
  readonly events: readonly TrainEvent[];
  readonly evaluations: readonly EvaluationReport[];
  readonly summary: TrainSummary;
  readonly policy: TabularPolicy;
}

async function trained(change: Partial<Settings> = {}, heldOut?: Simulator): Promise<Told> {
  const events: TrainEvent[] = [];
  const policy = eager();
  const summary = await train({
    ...world,
    policy,
    settings: { ...settings, ...change },
    ...(heldOut === undefined ? {} : { heldOut }),
    onEvent: (event) => events.push(event),
    clock: () => 0,
    wallClock: () => 0,
  });
  const evaluations = events.filter((event) => event.type === "evaluation");
  return { events, evaluations, summary, policy };
}

/** A simulator whose tasks earn the same, whatever is done. */
const constant: Simulator = {
  tasks: world.simulator.tasks,
  judge: () => ({ reward: 0.5, metrics: { half: 0.5 } }),
};

describe("an evaluation", () => {
  it("tells how many of its tasks were played while it goes on, and keeps that out of the run's files", async () => {
    const many: Simulator = {
      ...constant,
      tasks: Array.from({ length: 130 }, (_, i) => ({ ...world.simulator.tasks[0]!, id: `t${i}` })),
    };
    const { events } = await trained({ episodes: 4, evaluation: { every: 9, tasks: "all" } }, many);
    const told = events.filter((event) => event.type === "evaluating");
    expect(told.map(({ rounds, done, tasks }) => [rounds, done, tasks])).toEqual(
      [0, 1].flatMap((rounds) => [0, 64, 128].map((done) => [rounds, done, 130])),
    );
  });

  it("is made before the first round, every so many, and after the last", async () => {
    const { evaluations } = await trained({}, world.simulator);
    expect(evaluations.map(({ rounds, episodes }) => [rounds, episodes])).toEqual([
      [0, 0],
      [2, 8],
      [4, 16],
      [6, 22],
    ]);
    const { evaluations: odd } = await trained({ evaluation: { every: 4, tasks: "all" } }, world.simulator);
    expect(odd.map(({ rounds }) => rounds)).toEqual([0, 4, 6]);
  });

  it("tells what the policy earns greedily, with its standard error", async () => {
    const { evaluations, policy, summary } = await trained({}, world.simulator);
    const plays = world.simulator.tasks.map((task) => ({ task, epoch: 0 }));
    for (const [of, report] of [
      [eager(), evaluations[0]!],
      [policy, evaluations.at(-1)!],
    ] as const) {
      const rewards = (await searchOf(world, of).play(plays)).map(({ judgement }) => judgement.reward);
      const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
      expect(report).toMatchObject({ reward: mean, tasks: rewards.length });
      const squares = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
      expect(report.error).toBeCloseTo(Math.sqrt(squares / (rewards.length - 1) / rewards.length), 12);
    }
    expect(evaluations.at(-1)!.reward).toBeGreaterThan(evaluations[0]!.reward);
    const best = Math.max(...evaluations.map(({ reward }) => reward));
    expect(summary.best).toEqual({
      rounds: evaluations.find(({ reward }) => reward === best)!.rounds,
      reward: best,
    });
    let last = Number.NEGATIVE_INFINITY;
    for (const report of evaluations) {
      expect(report.best).toBe(report.reward > last);
      last = Math.max(last, report.reward);
    }
  });

  it("changes nothing of what is learned", async () => {
    const comparable = (all: readonly TrainEvent[]) =>
      all.filter(({ type }) => !type.startsWith("evaluat") && type !== "timing");
    expect(comparable((await trained({}, world.simulator)).events)).toEqual(
      comparable((await trained()).events),
    );
  });

  it("counts a task that breaks as one that earned nothing", async () => {
    const [first] = world.simulator.tasks;
    const breaking: Simulator = {
      ...constant,
      judge: (task) => ({ reward: task.id === first!.id ? Number.NaN : 0.5, metrics: {} }),
    };
    const { evaluations } = await trained({}, breaking);
    const count = constant.tasks.length;
    expect(evaluations[0]).toMatchObject({ tasks: count, lost: 1, reward: (0.5 * (count - 1)) / count });
  });

  it("takes so many of the held-out tasks, in the proportion of their kinds, the same each time", async () => {
    const asked: string[] = [];
    const many: Simulator = {
      tasks: Array.from({ length: 40 }, (_, i) => ({
        id: `${i % 4 === 0 ? "a" : "b"}${i}`,
        input: world.simulator.tasks[0]!.input,
      })),
      stratum: ({ id }) => id[0],
      judge: ({ id }) => {
        asked.push(id);
        return { reward: 1, metrics: {} };
      },
    };
    const { evaluations } = await trained({ evaluation: { every: 3, tasks: 8 } }, many);
    const each = asked.slice(0, 8);
    expect(evaluations.map(({ tasks }) => tasks)).toEqual([8, 8, 8]);
    expect(each.filter((id) => id.startsWith("a"))).toHaveLength(2);
    expect(asked).toEqual([...each, ...each, ...each]);
    expect(each).not.toEqual(many.tasks.slice(0, 8).map(({ id }) => id));
  });
});

describe("a training that does not get better", () => {
  it("ends after so many evaluations without a best one, and is complete", async () => {
    const { summary, evaluations, events } = await trained(
      { evaluation: { every: 1, tasks: "all", patience: 3 }, episodes: 80 },
      constant,
    );
    expect(evaluations.map(({ rounds, best }) => [rounds, best])).toEqual([
      [0, true],
      [1, false],
      [2, false],
      [3, false],
    ]);
    expect(summary).toMatchObject({
      rounds: 3,
      episodes: 12,
      early: true,
      interrupted: false,
      best: { rounds: 0, reward: 0.5 },
    });
    expect(events.at(-1)).toEqual({
      type: "end",
      rounds: 3,
      episodes: 12,
      interrupted: false,
      early: true,
    });
  });

  it("goes on if nothing is said of that", async () => {
    const { summary } = await trained({}, constant);
    expect(summary).toMatchObject({ early: false, interrupted: false, episodes: 22 });
  });
});

it("refuses proportions of kinds that there are not, or none to compare with", async () => {
  await expect(trained({ strata: { "2hop": 1 } })).rejects.toThrow('no tasks of the stratum "2hop"');
  await expect(trained({ strata: "held-out" })).rejects.toThrow("no held-out tasks to match");
  const { summary, evaluations } = await trained({ strata: "held-out" }, world.simulator);
  expect(summary).toMatchObject({ episodes: settings.episodes, interrupted: false });
  expect(evaluations.length).toBeGreaterThan(1);
});
