import { describe, expect, it } from "vitest";
import { Curriculum } from "../../runtime/learner/curriculum.js";
import { type TrainEvent, train } from "../../runtime/learner/index.js";
import { retrieveUntilDone } from "../fixtures/machines/flows.js";
import { opinionated } from "../search/support.js";
import { events, of, settings, world } from "./support.js";

describe("a training", () => {
  it("begins no round after its time, says so, and is a prefix of the one that has more", async () => {
    let minutes = 0;
    const told: TrainEvent[] = [];
    const { flow, simulator } = world;
    const summary = await train({
      flow,
      simulator,
      policy: opinionated(world, 1),
      settings: { ...settings, minutes: 5 },
      onEvent: (event) => {
        told.push(event);
        if (event.type === "round") minutes += 3;
      },
      clock: () => 60_000 * minutes,
    });
    expect(summary).toMatchObject({ rounds: 2, episodes: 8, interrupted: true, outOfTime: true });
    expect(of("limit", told)).toEqual([{ type: "limit", round: 2, minutes: 5 }]);
    const whole = await events(opinionated(world, 1));
    expect(of("round", told)).toEqual(of("round", whole).slice(0, 2));
  });

  it("tells of every round: episodes, pairs, updates, and the sum", async () => {
    const told = await events(opinionated(world, 1));
    expect(of("begin", told)).toEqual([{ type: "begin", round: 0, rounds: 3, episode: 0, episodes: 12 }]);
    expect(of("episode", told).map(({ episode }) => episode)).toEqual(
      Array.from({ length: 12 }, (_, i) => i),
    );
    const rounds = of("round", told);
    expect(rounds.map(({ round, episodes }) => [round, episodes])).toEqual([
      [0, 4],
      [1, 8],
      [2, 12],
    ]);
    for (const { round, reward, pairs, ties, deviations } of rounds) {
      const rewards = of("episode", told)
        .filter((e) => e.round === round)
        .map((e) => e.reward);
      expect(reward).toBeCloseTo(rewards.reduce((sum, r) => sum + r, 0) / 4, 12);
      expect(of("pair", told).filter((e) => e.round === round)).toHaveLength(pairs);
      expect(pairs + ties).toBeLessThanOrEqual(deviations);
    }
    expect(told.at(-1)).toEqual({ type: "end", rounds: 3, episodes: 12, interrupted: false });
  });

  it("takes the set number of steps over an agent's pairs of the round, its loss falling", async () => {
    const told = await events(opinionated(world, 1), {
      steps_per_round: 5,
      optimizer: { kind: "cocob", alpha: 10, clip: "none" },
    });
    const first = of("update", told).filter(({ round, agent }) => round === 0 && agent === "route");
    const pairs = of("pair", told).filter(({ round, agent }) => round === 0 && agent === "route");
    expect(first.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
    expect(first.every((update) => update.pairs === pairs.length)).toBe(true);
    expect(first[0]!.advantage).toBe(0);
    expect(first[4]!.loss).toBeLessThan(first[0]!.loss);
    expect(first[4]!.accuracy).toBe(1);
  });

  it("tells what was asked and said in every episode", async () => {
    const told = await events(opinionated(world, 1));
    const episodes = of("episode", told);
    expect(episodes).toHaveLength(settings.episodes);
    for (const { said, steps, result, asked } of episodes) {
      expect(said).toHaveLength(steps);
      for (const [point, agent] of said) expect(point).toContain(`/${agent}#`);
      const [[, , arm], [, , answer]] = said as [(typeof said)[number], (typeof said)[number]];
      expect(result).toMatchObject({ arm, answer });
      expect(Object.values(asked).every((text) => typeof text === "string")).toBe(true);
    }
  });

  it("plays episodes of the first round again in the end, from which nothing is learned", async () => {
    const told = await events(opinionated(world, 1), {
      episodes: 40,
      optimizer: { kind: "cocob", alpha: 10, clip: "none" },
    });
    const again = of("revisit", told);
    const first = of("episode", told).slice(0, 4);
    expect(again.map(({ task, epoch, episode }) => [task, epoch, episode])).toEqual(
      first.map(({ task, epoch, episode }) => [task, epoch, episode]),
    );
    const rewards = (played: readonly { readonly reward: number }[]) =>
      played.reduce((sum, { reward }) => sum + reward, 0);
    expect(rewards(again)).toBeGreaterThan(rewards(first));
    expect(of("update", told.slice(told.indexOf(again[0]!)))).toEqual([]);
  });

  it("sums every round up by agent: what it learned from, and where its last step stood", async () => {
    const told = await events(opinionated(world, 1));
    for (const { round, agents, pairs } of of("round", told)) {
      expect(Object.values(agents).reduce((sum, agent) => sum + agent.pairs, 0)).toBe(pairs);
      for (const [name, figures] of Object.entries(agents)) {
        const own = of("pair", told).filter((pair) => pair.round === round && pair.agent === name);
        const last = of("update", told).findLast(
          (update) => update.round === round && update.agent === name,
        )!;
        expect(figures).toMatchObject({
          pairs: own.length,
          steps: settings.steps_per_round,
          greedyWon: own.filter(({ greedyWon }) => greedyWon).length,
          loss: last.loss,
          advantage: last.advantage,
        });
        expect(figures.gap).toBeCloseTo(own.reduce((sum, { gap }) => sum + gap, 0) / own.length, 12);
      }
    }
  });

  it("plays a last, shorter round where the episodes do not divide", async () => {
    const told = await events(opinionated(world, 1), { episodes: 10 });
    expect(of("round", told).map(({ episodes }) => episodes)).toEqual([4, 8, 10]);
  });

  it("compares the greedy output with the best alternative, or with all that differ in reward", async () => {
    const best = of("pair", await events(opinionated(world, 1), { pairs: "best", episodes: 4 }));
    const all = of("pair", await events(opinionated(world, 1), { pairs: "all", episodes: 4 }));
    const key = ({ task, epoch, point }: (typeof best)[number]) => JSON.stringify([task, epoch, point]);
    expect(new Set(best.map(key)).size).toBe(best.length);
    for (const pair of best) {
      const gaps = all
        .filter((other) => key(other) === key(pair))
        .map(({ gap, greedyWon }) => (greedyWon ? -gap : gap));
      expect(pair.greedyWon ? -pair.gap : pair.gap).toBe(Math.max(...gaps));
    }
    for (const { gap } of all) expect(gap).toBeGreaterThan(0);
  });
});

describe("the reference", () => {
  it("stays the untrained policy unless it is told to follow", async () => {
    const policy = opinionated(world, 1);
    expect(of("reference", await events(policy, { episodes: 100 }))).toEqual([]);
    expect(policy.snapshot("route").reference).toBeUndefined();
  });

  it("is what training began with, and stays that, where it is frozen", async () => {
    const first = opinionated(world, 1);
    await events(first, { optimizer: { kind: "cocob", alpha: 50, clip: "none" } });
    const begun = (agent: string) => first.snapshot(agent).parameters;
    const policy = opinionated(world, 1);
    for (const agent of policy.agents)
      await policy.restore(agent, { parameters: begun(agent), reference: begun(agent) });
    const versions = policy.agents.map((agent) => policy.referenceVersion(agent));
    const reference = { ...settings.reference, kind: "frozen", every: 2, confidence: 0 } as const;
    const told = await events(policy, { reference, episodes: 40, pairs: "all" });
    expect(of("reference", told)).toEqual([]);
    expect(policy.agents.map((agent) => policy.referenceVersion(agent))).toEqual(versions);
    const [update] = of("update", told);
    // Where both are the same, the loss is log 2 times the mean gap.
    const gaps = of("pair", told).flatMap((pair) =>
      pair.round === update!.round && pair.agent === update!.agent ? [pair.gap] : [],
    );
    expect(update!.advantage).toBe(0);
    expect(update!.loss).toBeCloseTo((Math.LN2 * gaps.reduce((sum, gap) => sum + gap, 0)) / gaps.length, 12);
    expect(of("update", told).at(-1)!.advantage).not.toBe(0);
  });

  it("moves for every agent when the progressive reward has risen", async () => {
    const retrieving = retrieveUntilDone();
    const policy = opinionated(retrieving, 2);
    const reference = { kind: "soft", every: 24, mix: 0.5, confidence: 1.645, gate: true } as const;
    const told = await events(
      policy,
      { episodes: 240, reference, optimizer: { kind: "cocob", alpha: 50, clip: "none" } },
      retrieving,
    );
    const moves = of("reference", told);
    expect(moves.length).toBeGreaterThan(0);
    expect(moves.slice(0, 3).map(({ agent }) => agent)).toEqual(["query", "relevant", "enough"]);
    for (const agent of policy.agents) {
      expect(policy.snapshot(agent).reference).toBeDefined();
      expect(moves.findLast((move) => move.agent === agent)?.version).toBe(policy.referenceVersion(agent));
    }
  });
});

describe("the order of tasks", () => {
  const tasks = Array.from({ length: 10 }, (_, i) => ({ id: `${i}`, input: i }));
  const ids = (curriculum: Curriculum, from: number, to: number) =>
    curriculum.plays(from, to).map(({ task, epoch }) => `${epoch}:${task.id}`);

  it("goes through all tasks once an epoch, in another order each", () => {
    const all = ids(new Curriculum({ tasks }, 1), 0, 20);
    expect([...all.slice(0, 10)].sort()).toEqual(tasks.map(({ id }) => `0:${id}`));
    expect([...all.slice(10)].sort()).toEqual(tasks.map(({ id }) => `1:${id}`));
    expect(all.slice(0, 10).map((id) => id.slice(2))).not.toEqual(all.slice(10).map((id) => id.slice(2)));
  });

  it("is a function of the seed and the episode alone", () => {
    const curriculum = new Curriculum({ tasks }, 1);
    expect([...ids(curriculum, 15, 20), ...ids(curriculum, 3, 6)]).toEqual([
      ...ids(new Curriculum({ tasks }, 1), 15, 20),
      ...ids(new Curriculum({ tasks }, 1), 3, 6),
    ]);
    expect(ids(new Curriculum({ tasks }, 2), 0, 10)).not.toEqual(ids(curriculum, 0, 10));
  });

  it("needs tasks", () => {
    expect(() => new Curriculum({ tasks: [] }, 1)).toThrow("there are no tasks to train on");
  });
});
