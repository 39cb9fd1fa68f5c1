import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Curriculum } from "../../runtime/learner/curriculum.js";
import {
  defaultSettings,
  type Gradient,
  parseBatch,
  preferenceLoss,
  type Settings,
  TabularPolicy,
  type TrainEvent,
  train,
} from "../../runtime/learner/index.js";
import { Run } from "../../runtime/record/index.js";
import { retrieveUntilDone, router } from "../fixtures/machines/flows.js";
import { freshDirectory } from "../record/support.js";
import { opinionated } from "../search/support.js";

const world = router();
const settings: Settings = {
  ...defaultSettings(),
  episodes: 12,
  episodes_per_round: 4,
  alternatives: { generate: 2, choose: "all", pick: "all", draws: 4, share: 1 },
};

async function events(
  policy: TabularPolicy,
  change: Partial<Settings> = {},
  of = world,
): Promise<readonly TrainEvent[]> {
  const told: TrainEvent[] = [];
  await train({
    flow: of.flow,
    simulator: of.simulator,
    policy,
    settings: { ...settings, ...change },
    onEvent: (event) => told.push(event),
    clock: () => 0,
  });
  return told;
}

const of = <T extends TrainEvent["type"]>(type: T, all: readonly TrainEvent[]) =>
  all.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);

/** A policy whose gradients are tampered with. */
class Tampered extends TabularPolicy {
  tamper: (gradient: Gradient) => Gradient = (gradient) => gradient;
  override async gradient(...args: Parameters<TabularPolicy["gradient"]>): Promise<Gradient> {
    return this.tamper(await super.gradient(...args));
  }
}

const tampered = (tamper: (gradient: Gradient) => Gradient): Tampered => {
  const policy = new Tampered({ agents: world.flow.agents, texts: world.texts });
  policy.tamper = tamper;
  return policy;
};

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

const policyAgents = opinionated(world, 1).agents;

describe("an alarm", () => {
  const limits = defaultSettings().alarms;
  const notFinite = (gradients: { count: number }, at: number) =>
    tampered(({ margins, gradient }) => {
      if (gradients.count++ === at) [...gradient.values()][0]![0] = Number.NaN;
      return { margins, gradient };
    });

  it("is raised when a gradient is not finite, and the agent's steps of the round are skipped", async () => {
    const policy = tampered(({ margins, gradient }) => {
      [...gradient.values()][0]![0] = Number.NaN;
      return { margins, gradient };
    });
    const told = await events(policy, { episodes: 4 });
    expect(of("alarm", told).map(({ alarm }) => alarm.kind)).toContain("not-finite");
    expect(of("update", told).every(({ largestMove, step }) => largestMove === 0 && step === 0)).toBe(true);
    for (const agent of policy.agents)
      for (const row of policy.parameters(agent).values()) expect([...row].every((x) => x === 0)).toBe(true);
  });

  it("is raised when a loss is not finite", async () => {
    const policy = tampered(({ margins, gradient }) => ({
      margins: margins.map(() => Number.NaN),
      gradient,
    }));
    const [first] = of("alarm", await events(policy, { episodes: 4 }));
    expect(first?.alarm).toMatchObject({ kind: "not-finite", loss: Number.NaN });
  });

  it("keeps the batch that was not finite in the run's folder, from which it can be computed again", async () => {
    const directory = freshDirectory();
    const run = Run.create(directory, { version: "0" });
    const told: TrainEvent[] = [];
    const policy = notFinite({ count: 0 }, 0);
    const before = policy.snapshot("route");
    const loss = { ...settings.loss, label_smoothing: 0.1 };
    await train({
      ...world,
      policy,
      settings: { ...settings, loss, episodes: 4 },
      run,
      onEvent: (event) => told.push(event),
    });
    const [{ alarm, agent, round, step }] = of("alarm", told) as [Extract<TrainEvent, { type: "alarm" }>];
    if (alarm.kind !== "not-finite" || alarm.batch === undefined) throw new Error("no batch was kept");
    expect(alarm.batch).toBe(`inspect/round-000000-${agent}.jsonl`);
    const batch = parseBatch(readFileSync(join(directory, alarm.batch), "utf8"));
    expect(alarm.undone).toBe(false);
    expect(batch).toMatchObject({ agent, round, step, gradient: Number.NaN, beta: settings.beta });
    const pairs = of("pair", told).filter((pair) => pair.agent === agent);
    expect(batch.terms.map(({ term }) => term)).toMatchObject(
      pairs.map(({ point, task, gap }) => ({ point, task, gap })),
    );
    // The numbers that it names give what it says.
    const again = new TabularPolicy({ agents: world.flow.agents, texts: world.texts });
    await again.restore(agent, before);
    expect(again.version(agent)).toBe(batch.version);
    const terms = batch.terms.map(({ term }) => term);
    expect([...(await again.margins(agent, terms, "trained"))]).toEqual(
      batch.terms.map(({ margin }) => margin),
    );
    for (const { term, margin, referenceMargin, ...part } of batch.terms) {
      const { beta, label_smoothing } = batch;
      expect(
        preferenceLoss(margin, referenceMargin, term.weight, beta, terms.length, label_smoothing),
      ).toEqual(part);
    }
    const sum = batch.terms.reduce((total, term) => total + term.loss, 0);
    expect(batch.loss).toBeCloseTo(sum, 12);
  });

  it("takes the step back after which outputs are not finite, and goes on from there", async () => {
    for (const steps of [1, 3]) {
      /** The numbers after its first step are such that no log-probability is finite. */
      class Diverging extends TabularPolicy {
        override async margins(...args: Parameters<TabularPolicy["margins"]>): Promise<Float64Array> {
          const margins = await super.margins(...args);
          const [agent, , under] = args;
          const isTrained = under === "trained" && this.version(agent) !== fresh.get(agent);
          return isTrained ? margins.map(() => Number.NaN) : margins;
        }
      }
      const fresh = new Map<string, string>();
      const policy = new Diverging({ agents: world.flow.agents, texts: world.texts });
      for (const agent of policy.agents) fresh.set(agent, policy.version(agent));
      const optimizer = { kind: "cocob", alpha: 4, clip: "none" } as const;
      const told = await events(policy, { steps_per_round: steps, optimizer });
      const failures = of("alarm", told).filter(({ alarm }) => alarm.kind === "not-finite");
      const firsts = of("update", told).filter(({ step }) => step === 0);
      expect(firsts.length).toBeGreaterThan(2);
      expect(failures).toHaveLength(firsts.length);
      for (const { step, alarm } of failures) {
        // Found by the next step, or looked for after a last one that moved far.
        expect(step).toBe(steps === 1 ? 0 : 1);
        expect(alarm).toMatchObject({ loss: Number.NaN, undone: true });
      }
      // Every round begins where the one before began, its optimizer too.
      expect(new Set(firsts.map(({ advantage }) => advantage))).toEqual(new Set([0]));
      expect(new Set(firsts.map(({ largestMove }) => largestMove))).toEqual(new Set([0.25]));
      for (const agent of policy.agents) expect(policy.version(agent)).toBe(fresh.get(agent));
    }
  });

  it.each(["skip", "stop"] as const)(
    "lets the run go on or ends it after the round: %s",
    async (not_finite) => {
      const summary = await train({
        ...world,
        policy: notFinite({ count: 0 }, 0),
        settings: { ...settings, alarms: { ...limits, not_finite } },
      });
      const stops = not_finite === "stop";
      expect(summary).toMatchObject({ stopped: stops, interrupted: stops, episodes: stops ? 4 : 12 });
    },
  );

  it("is raised when an agent has had no gradient for so many updates running", async () => {
    const policy = () => tampered(({ margins }) => ({ margins, gradient: new Map() }));
    const alarms = async (no_gradient: number) =>
      of("alarm", await events(policy(), { episodes: 8, alarms: { ...limits, no_gradient } }))
        .filter(({ agent }) => agent === "route")
        .map(({ round, step, alarm }) => [round, step, alarm]);
    expect(await alarms(4)).toEqual([[1, 0, { kind: "no-gradient", updates: 4 }]]);
    expect(await alarms(3)).toEqual([
      [0, 2, { kind: "no-gradient", updates: 3 }],
      [1, 2, { kind: "no-gradient", updates: 6 }],
    ]);
    expect(await alarms(7)).toEqual([]);
  });

  it("counts anew after an update that had a gradient", async () => {
    let updates = 0;
    const policy = tampered((whole) => {
      updates += 1;
      return updates % 3 === 0 ? whole : { ...whole, gradient: new Map() };
    });
    const change = { alarms: { ...limits, no_gradient: 3 } };
    expect(of("alarm", await events(policy, change))).toEqual([]);
    expect(updates).toBeGreaterThan(6);
  });

  it("is raised when one step moves further than is set", async () => {
    const change = {
      optimizer: { kind: "cocob", alpha: 4, clip: "none" } as const,
      alarms: { ...limits, largest_move: 0.2 },
    };
    const [alarm] = of("alarm", await events(opinionated(world, 1), change));
    expect(alarm?.alarm).toEqual({ kind: "large-move", move: 0.25, limit: 0.2 });
  });

  it("is raised when betting has won more than so many times its stake, and again when that has doubled", async () => {
    // Always the same gradient: what a bet on it wins grows without bound.
    const policy = tampered((whole) => {
      for (const values of whole.gradient.values()) values.fill(-1);
      return whole;
    });
    const change = {
      episodes: 200,
      optimizer: { kind: "cocob", alpha: 100, clip: "none" } as const,
      alarms: { ...limits, largest_move: 1e9, wealth: 2 },
    };
    const told = await events(policy, change);
    const agent = "route";
    const wealths = of("update", told).flatMap((update) => (update.agent === agent ? [update.wealth!] : []));
    const raised = of("alarm", told).flatMap((event) =>
      event.agent === agent && event.alarm.kind === "wealth" ? [event.alarm.wealth] : [],
    );
    expect(raised.length).toBeGreaterThan(2);
    expect(raised[0]).toBe(wealths.find((wealth) => wealth > 2));
    for (const [i, wealth] of raised.entries()) {
      if (i > 0) expect(wealth).toBe(wealths.find((other) => other >= 2 * raised[i - 1]!));
    }
  });

  it("is not all that is told: of agents that have learned nothing the end says so", async () => {
    const { flow, simulator, texts } = world;
    const constant = { tasks: simulator.tasks, judge: () => ({ reward: 1, metrics: {} }) };
    const summary = async (of: typeof constant | typeof simulator) => {
      const policy = new TabularPolicy({ agents: flow.agents, texts });
      return train({ flow, simulator: of, policy, settings });
    };
    expect((await summary(constant)).unmoved).toEqual(policyAgents);
    expect((await summary(simulator)).unmoved).not.toContain("route");
  });

  it("is not raised by a training in order", async () => {
    expect(of("alarm", await events(opinionated(world, 1)))).toEqual([]);
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
    const reference = { kind: "soft", every: 24, mix: 0.5, confidence: 1.645 } as const;
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
