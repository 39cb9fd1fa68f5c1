import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  defaultSettings,
  type Gradient,
  parseBatch,
  preferenceLoss,
  TabularPolicy,
  type TrainEvent,
  train,
} from "../../runtime/learner/index.js";
import { Run } from "../../runtime/record/index.js";
import { freshDirectory } from "../record/support.js";
import { opinionated } from "../search/support.js";
import { events, of, settings, world } from "./support.js";

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

  it("ends a run as stopped that was in its last round anyway", async () => {
    const summary = await train({
      ...world,
      policy: notFinite({ count: 0 }, 0),
      settings: { ...settings, episodes: 4, alarms: { ...limits, not_finite: "stop" } },
    });
    expect(summary).toMatchObject({ stopped: true, interrupted: false, episodes: 4 });
  });

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
    expect((await summary(constant)).unmoved).toEqual(flow.agents.map(({ name }) => name));
    expect((await summary(simulator)).unmoved).not.toContain("route");
  });

  it("is not raised by a training in order", async () => {
    expect(of("alarm", await events(opinionated(world, 1)))).toEqual([]);
  });
});
