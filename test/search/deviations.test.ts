import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivePairs } from "../../runtime/learner/index.js";
import { choiceAt, type TextMethod } from "../../runtime/search/index.js";
import { all } from "../fixtures/machines/all.js";
import { worlds } from "../fixtures/machines/flows.js";
import { bruteForce, type Preference } from "./brute-force.js";
import { counted, everything, opinionated, searchOf } from "./support.js";

const order = (a: Preference, b: Preference) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

describe.each([...all.keys()])("deviations in %s", (name) => {
  const world = all.get(name)!;
  const plays = world.simulator.tasks.map((task) => ({ task, epoch: 0 }));

  it("give the preferences that brute force finds over all single-output changes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), async (seed) => {
        const policy = opinionated(world, seed);
        const search = searchOf(world, policy);
        const episodes = await search.play(plays);
        const deviations = await search.deviate(
          episodes.map(({ episode }) => episode),
          everything,
        );
        const { pairs } = await derivePairs(episodes, deviations, "all");
        const found = pairs.map(({ task, point, shown, gap }) => ({
          task,
          point,
          better: String(shown.chosen),
          worse: String(shown.rejected),
          gap,
        }));
        const expected = await bruteForce(world.flow, policy, world.simulator, world.texts);
        expect(found.toSorted(order)).toEqual(expected.toSorted(order));
      }),
      { numRuns: 15 },
    );
  });

  it.each(["diverse-beam", "top-n"] as const)("by %s find every output that there is", async (method) => {
    const search = searchOf(world, opinionated(world, 5));
    const episodes = (await search.play(plays)).map(({ episode }) => episode);
    const told = async (budget: typeof everything & { method?: TextMethod }) =>
      (await search.deviate(episodes, budget))
        .map(({ step, episode, alternative, judgement }) =>
          JSON.stringify([episode.task.id, step, alternative.reply, judgement]),
        )
        .sort();
    expect(await told({ ...everything, method })).toEqual(await told(everything));
  });

  it("come out the same in any batch, with and without memo and rejoining, and every call is accounted for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.integer({ min: 1, max: 50 }), async (seed, live) => {
        const run = async (memo: boolean, rejoin: boolean) => {
          const search = searchOf(world, opinionated(world, seed), { memo, rejoin, live: memo ? live : 1 });
          const episodes = await search.play(plays);
          const deviations = await search.deviate(
            episodes.map(({ episode }) => episode),
            everything,
          );
          const told = deviations.map(({ step, alternative, result, judgement }) => [
            step,
            alternative.reply,
            result,
            judgement,
          ]);
          return { told, counters: search.counters };
        };
        const plain = await run(false, false);
        for (const [memo, rejoin] of [
          [true, false],
          [false, true],
          [true, true],
        ] as const) {
          const { told, counters } = await run(memo, rejoin);
          expect(told).toEqual(plain.told);
          expect(counters.calls + counters.savedByMemo + counters.savedByRejoin).toBe(plain.counters.calls);
          expect(counters.savedByPrefix).toBe(plain.counters.savedByPrefix);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("deviations", () => {
  const world = worlds.retrieveUntilDone!();
  const [task] = world.simulator.tasks;
  const plays = [{ task: task!, epoch: 0 }];

  it("never ask again what was asked before the fork", async () => {
    const policy = counted(opinionated(world, 3));
    const search = searchOf(world, policy, { memo: false, rejoin: false });
    const [played] = await search.play(plays);
    const { episode } = played!;
    const choose = { ...everything, generate: 0, pick: 0 };
    await search.deviate([episode], choose);
    const prefix = (step: number) =>
      episode.steps.slice(0, step).reduce((sum, _, i) => sum + choiceAt(episode, i).requests.length, 0);
    const forks = episode.steps.flatMap(({ kind }, step) => (kind === "choose" ? [step] : []));
    expect(forks.length).toBeGreaterThan(0);
    expect(search.counters.savedByPrefix).toBe(forks.reduce((sum, step) => sum + prefix(step), 0));
    expect(policy.batches.reduce((sum, size) => sum + size, 0)).toBe(search.counters.calls);
  });

  it("try the most probable labels and candidates first, within the budget", async () => {
    const search = searchOf(world, opinionated(world, 5));
    const [played] = await search.play(plays);
    const { episode } = played!;
    const deviations = await search.deviate([episode], { ...everything, generate: 0, choose: 1, pick: 2 });
    const picks = deviations.filter(({ step }) => episode.steps[step]!.kind === "pick");
    const first = episode.steps.findIndex(({ kind }) => kind === "pick");
    const odds = choiceAt(episode, first).outputs.map(({ logProb }, i) => ({ logProb, i }));
    const ranked = odds.sort((a, b) => b.logProb - a.logProb).map(({ i }) => i);
    const tried = picks.filter(({ step }) => step === first).map(({ alternative }) => alternative.reply);
    expect(tried).toEqual(ranked.slice(1, 3).map((candidate) => ({ kind: "pick", candidate })));
  });

  it("are tried at the choice points of the agents that are asked for", async () => {
    const search = searchOf(world, opinionated(world, 5));
    const [played] = await search.play(plays);
    const { episode } = played!;
    const deviations = await search.deviate([episode], { ...everything, agents: new Set(["enough"]) });
    expect(new Set(deviations.map(({ step }) => choiceAt(episode, step).agent))).toEqual(new Set(["enough"]));
  });

  it("drop drawn texts that equal the greedy one or each other", async () => {
    const search = searchOf(world, opinionated(world, 7));
    const [played] = await search.play(plays);
    const deviations = await search.deviate([played!.episode], { ...everything, choose: 0, pick: 0 });
    for (const [index, step] of played!.episode.steps.entries()) {
      if (step.kind !== "generate") continue;
      const texts = deviations
        .filter((d) => d.step === index)
        .map((d) => JSON.stringify(d.alternative.reply));
      expect(new Set(texts).size).toBe(texts.length);
      expect(texts).not.toContain(JSON.stringify(step.reply));
      expect(texts).toHaveLength(3);
    }
  });

  it("try a share of the choice points, the same ones in any company, and say with what probability", async () => {
    const tried = async (count: number) => {
      const search = searchOf(world, opinionated(world, 9));
      const episodes = await search.play(
        world.simulator.tasks.slice(0, count).map((task) => ({ task, epoch: 0 })),
      );
      const deviations = await search.deviate(
        episodes.map(({ episode }) => episode),
        { ...everything, share: 0.5 },
      );
      expect(new Set(deviations.map(({ probability }) => probability))).toEqual(new Set([0.5]));
      const ofFirst = deviations
        .filter(({ episode }) => episode.task.id === task!.id)
        .map(({ step }) => step);
      return { ofFirst: [...new Set(ofFirst)], all: episodes[0]!.episode.steps.length };
    };
    const alone = await tried(1);
    expect(alone.ofFirst.length).toBeLessThan(alone.all);
    expect((await tried(3)).ofFirst).toEqual(alone.ofFirst);
  });
});
