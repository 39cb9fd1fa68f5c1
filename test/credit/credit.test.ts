import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Credit, type CreditEpisode, creditReport, measureCredit } from "../../runtime/credit/index.js";
import type { Policy } from "../../runtime/search/index.js";
import { all } from "../fixtures/machines/all.js";
import type { World } from "../fixtures/machines/flows.js";
import { bruteForce, type Preference } from "../search/brute-force.js";
import { everything, opinionated } from "../search/support.js";

const RESAMPLES = 50;

async function measured(world: World, policy: Policy, budget: Partial<typeof everything> = {}, seed = 1) {
  const { flow, simulator } = world;
  return measureCredit({ flow, simulator, policy, seed, live: 8, budget: { ...everything, ...budget } });
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

/** What a group of sites is worth, from the preferences over all single-output changes of the greedy episodes. */
function expected(
  episodes: readonly CreditEpisode[],
  preferences: readonly Preference[],
  isIn: (site: string) => boolean,
) {
  const own = preferences.filter(({ point }) => isIn(point.replace(/@.*$/s, "")));
  const points = episodes.flatMap((episode) => episode.points).filter(({ site }) => isIn(site));
  const gains = (task: string, point?: string) =>
    own
      .filter((each) => each.task === task && (point === undefined || each.point === point))
      .flatMap(({ gap, better, point: at }) => {
        const { greedy } = points.find((each) => each.task === task && each.point === at)!;
        return better === String(greedy.output) ? -gap : gap;
      });
  const best = (some: readonly number[]) => Math.max(0, ...some);
  const at = points.map(({ task, point, others }) => ({ all: gains(task, point), others: others.length }));
  const compared = at.filter(({ others }) => others > 0);
  return {
    points: points.length,
    tried: points.length,
    others: at.reduce((sum, { others }) => sum + others, 0),
    headroom: points.length === 0 ? undefined : mean(episodes.map(({ task }) => best(gains(task)))),
    better: mean(at.map(({ all: some }) => Number(some.some((gain) => gain > 0)))),
    worse: mean(at.map(({ all: some }) => Number(some.some((gain) => gain < 0)))),
    gain: mean(at.map(({ all: some }) => best(some))),
    largest: Math.max(0, ...at.map(({ all: some }) => best(some))),
    change: mean(compared.map(({ all: some, others }) => some.reduce((sum, gain) => sum + gain, 0) / others)),
  };
}

function expectFigures(credit: Credit, wanted: ReturnType<typeof expected>): void {
  for (const name of ["points", "tried", "others"] as const) expect(credit[name], name).toBe(wanted[name]);
  expect(credit.largest).toBeCloseTo(wanted.largest, 10);
  for (const name of ["headroom", "better", "worse", "gain", "change"] as const) {
    const [is, should] = [credit[name], wanted[name]];
    if (should === undefined) expect(is, name).toBeNull();
    else {
      expect(is!.value, name).toBeCloseTo(should, 10);
      const [low, high] = is!.interval;
      expect(low).toBeLessThanOrEqual(high);
    }
  }
}

describe.each([...all.keys()])("credit in %s", (name) => {
  const world = all.get(name)!;

  it("is what brute force finds over all single-output changes: by site, by agent, and in the whole flow", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), async (seed) => {
        const policy = opinionated(world, seed);
        const { episodes, lostEpisodes, lostDeviations } = await measured(world, policy);
        expect([lostEpisodes, lostDeviations]).toEqual([[], []]);
        const report = creditReport(world.flow, episodes, { resamples: RESAMPLES });
        const preferences = await bruteForce(world.flow, policy, world.simulator, world.texts);
        const trained = world.flow.agents
          .filter((agent) => agent.trained !== false)
          .map((agent) => agent.name);
        const ofAgents = (agents: readonly string[]) => (id: string) =>
          world.flow.sites.some((site) => site.id === id && agents.includes(site.agent));
        expect(report.agents.map(({ agent }) => agent).sort()).toEqual([...trained].sort());
        for (const site of report.sites)
          expectFigures(
            site,
            expected(episodes, preferences, (id) => id === site.site),
          );
        for (const agent of report.agents)
          expectFigures(agent, expected(episodes, preferences, ofAgents([agent.agent])));
        expectFigures(report.all, expected(episodes, preferences, ofAgents(trained)));
        const headrooms = report.sites.map(({ headroom }) => headroom?.value ?? 0);
        expect(headrooms).toEqual([...headrooms].sort((a, b) => b - a));
      }),
      { numRuns: 8 },
    );
  });

  it("is the same however many episodes are taken together", async () => {
    const policy = opinionated(world, 3);
    const { flow, simulator } = world;
    const options = { flow, simulator, policy, seed: 1, live: 3, budget: everything };
    const [one, many] = await Promise.all(
      [1, 100].map((together) => measureCredit({ ...options, together })),
    );
    expect(one!.episodes).toEqual(many!.episodes);
  });
});

describe("credit where a share of the choice points is tried", () => {
  it("has the figures of all of them in the mean", async () => {
    const world = all.get("retrieve-until-done.flow")!;
    const policy = opinionated(world, 7);
    const whole = creditReport(world.flow, (await measured(world, policy)).episodes, { resamples: 1 });
    const runs = 300;
    const sums = new Map<string, number>();
    for (let seed = 0; seed < runs; seed += 1) {
      const { episodes } = await measured(world, policy, { share: 0.5 }, seed);
      const { sites, all: any } = creditReport(world.flow, episodes, { resamples: 1 });
      for (const credit of [...sites.map((site) => [site.site, site] as const), ["any", any] as const]) {
        const [key, { headroom }] = credit;
        sums.set(key, (sums.get(key) ?? 0) + (headroom?.value ?? 0) / runs);
      }
    }
    expect(sums.get("any")).toBeCloseTo(whole.all.headroom!.value, 1);
    for (const { site, headroom } of whole.sites)
      expect(sums.get(site), site).toBeCloseTo(headroom?.value ?? 0, 1);
  });
});

describe("credit", () => {
  const world = all.get("router.flow")!;

  it("tells nothing of agents that are left out, and of sites that no episode came to", async () => {
    const { agents } = world.flow;
    const only = new Set([agents[0]!.name]);
    const { episodes } = await measureCredit({
      ...{ flow: world.flow, simulator: world.simulator, policy: opinionated(world, 2), seed: 1, live: 8 },
      budget: { ...everything, agents: only },
    });
    const report = creditReport(world.flow, episodes, { agents: only, resamples: RESAMPLES });
    expect(report.agents.map(({ agent }) => agent)).toEqual([...only]);
    expect(report.sites.every(({ agent }) => only.has(agent))).toBe(true);
    const unseen = episodes.map((episode) => ({ ...episode, seen: new Map(), points: [] }));
    const [site] = creditReport(world.flow, unseen, { agents: only, resamples: RESAMPLES }).sites;
    expect(site).toMatchObject({
      points: 0,
      tried: 0,
      headroom: null,
      better: null,
      change: null,
      largest: 0,
    });
  });

  it("counts what broke, and has the others' figures", async () => {
    const policy = opinionated(world, 2);
    const [first, ...others] = world.simulator.tasks;
    const { episodes } = await measured(
      { ...world, simulator: { ...world.simulator, tasks: others } },
      policy,
    );
    const judging = (judge: typeof world.simulator.judge) =>
      measured({ ...world, simulator: { ...world.simulator, judge } }, policy);
    const without = await judging((task, result, state) => {
      if (task.id === first!.id) throw new Error("out of order");
      return world.simulator.judge(task, result, state);
    });
    expect(without.lostEpisodes.map(({ task }) => task)).toEqual([first!.id]);
    expect(without.lostDeviations).toEqual([]);
    expect(without.episodes).toEqual(episodes);

    const whole = await measured(world, policy);
    const greedy = new Map(whole.episodes.map(({ task, reward }) => [task, reward]));
    const broken = await judging((task, result, state) => {
      const judgement = world.simulator.judge(task, result, state);
      if (judgement.reward !== greedy.get(task.id)) throw new Error("out of order");
      return judgement;
    });
    const othersOf = (all: readonly CreditEpisode[]) =>
      all.flatMap(({ points }) => points.flatMap((point) => point.others));
    expect(broken.lostEpisodes).toEqual([]);
    expect(broken.lostDeviations.length).toBeGreaterThan(0);
    expect(othersOf(broken.episodes).length + broken.lostDeviations.length).toBe(
      othersOf(whole.episodes).length,
    );
    const { all: any } = creditReport(world.flow, broken.episodes, { resamples: RESAMPLES });
    expect(any).toMatchObject({ headroom: { value: 0 }, better: { value: 0 }, worse: { value: 0 } });
  });

  it("is told of the groups that were finished when the signal came, as if there had been no others", async () => {
    const policy = opinionated(world, 2);
    const { tasks } = world.simulator;
    const controller = new AbortController();
    const options = { flow: world.flow, seed: 1, live: 8, budget: everything, together: 1 };
    const stopped = await measureCredit({
      ...options,
      policy,
      simulator: world.simulator,
      signal: controller.signal,
      onDone: () => controller.abort(),
    });
    const first = { ...world.simulator, tasks: tasks.slice(0, 1) };
    const alone = await measureCredit({ ...options, policy, simulator: first });
    expect(stopped).toEqual({ ...alone, interrupted: true });
    expect(alone.interrupted).toBe(false);
    // In the middle of a group, of which nothing counts then; what a policy throws by itself is no interruption.
    const within = new AbortController();
    const asked: Policy = {
      answer: (queries) => {
        within.abort();
        return policy.answer(queries);
      },
      version: (agent) => policy.version(agent),
    };
    const { simulator } = world;
    const nothing = await measureCredit({ ...options, policy: asked, simulator, signal: within.signal });
    expect(nothing).toMatchObject({
      episodes: [],
      lostEpisodes: [],
      interrupted: true,
      counters: { calls: 0 },
    });
    const broken: Policy = { ...asked, answer: () => Promise.reject(new Error("out of memory")) };
    const breaking = measureCredit({ ...options, policy: broken, simulator, signal: within.signal });
    await expect(breaking).resolves.toMatchObject({ interrupted: true });
    const signal = new AbortController().signal;
    await expect(measureCredit({ ...options, policy: broken, simulator, signal })).rejects.toThrow(
      "out of memory",
    );
  });

  it("resamples questions whole: of one question alone the interval has no width", async () => {
    const { episodes } = await measured(world, opinionated(world, 2));
    const report = creditReport(world.flow, episodes, {
      questionOf: () => "one",
      resamples: RESAMPLES,
    });
    for (const { value, interval } of [report.reward, report.all.headroom!, report.all.better!]) {
      for (const end of interval) expect(end).toBeCloseTo(value, 10);
    }
  });
});
