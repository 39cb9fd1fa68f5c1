import { describe, expect, it } from "vitest";
import { choiceAt, type JudgedEpisode, type Sampling, serializeEpisode } from "../../runtime/search/index.js";
import * as compiled from "../fixtures/machines/compiled.js";
import { parallelMap, retrieveUntilDone, router, type World } from "../fixtures/machines/flows.js";
import { counted, opinionated, searchOf } from "./support.js";

const sampling = (sample: number): Sampling => ({ temperature: 1, topP: 1, sample });
const plays = (world: World, samples: number) =>
  world.simulator.tasks.flatMap((task) =>
    Array.from({ length: samples }, (_, sample) => ({ task, epoch: 0, sampling: sampling(sample) })),
  );
const bytes = (episodes: readonly JudgedEpisode[]) =>
  episodes.map(({ episode, judgement }) => serializeEpisode(episode) + JSON.stringify(judgement));

const worlds: readonly (readonly [string, World])[] = [
  ["a branch", router()],
  ["queries, picks and a learned end", retrieveUntilDone()],
  ["passes that run at once", parallelMap()],
  ["effects", await compiled.shop()],
];

describe.each(worlds)("an episode that is drawn, of a flow with %s", (_, world) => {
  const policy = opinionated(world, 3);

  it("is a function of its seed, task, epoch and number, whatever is played beside it and whatever is known", async () => {
    const together = bytes(await searchOf(world, policy).play(plays(world, 4)));
    const alone: string[] = [];
    for (const play of plays(world, 4)) {
      const options = { memo: false, rejoin: false, live: 1 };
      alone.push(...bytes(await searchOf(world, policy, options).play([play])));
    }
    expect(alone).toEqual(together);
    expect(new Set(together).size).toBeGreaterThan(world.simulator.tasks.length);
    const other = bytes(await searchOf(world, policy, { seed: 2 }).play(plays(world, 4)));
    expect(other).not.toEqual(together);
  });

  it("goes on as it did where a draw at one of its choice points is its own output again", async () => {
    const search = searchOf(world, policy);
    const played = await search.play(plays(world, 1));
    const episodes = played.map(({ episode }) => episode);
    const own = episodes.flatMap((episode) =>
      episode.steps.flatMap((step, index) => {
        if (step.kind === "effect") return [];
        const output = step.kind === "generate" ? { output: step.outputs[0]! } : {};
        return [{ episode, step: index, alternative: { reply: step.reply, ...output } }];
      }),
    );
    const before = search.counters.calls;
    const results = await search.tryOut(own, ({ result }) => result);
    expect(results).toEqual(own.map(({ episode }) => episode.result));
    expect(search.counters.calls).toBe(before);
  });

  it("has siblings that are the same with and without what is known, and repeat nothing before the fork", async () => {
    const told = async (memo: boolean) => {
      const asking = counted(policy);
      const search = searchOf(world, asking, { memo, rejoin: memo });
      const played = await search.play(plays(world, 1));
      const episodes = played.map(({ episode }) => episode);
      const siblings = await search.siblings(episodes, { count: 3, temperature: 1, topP: 1, share: 1 });
      return siblings.map(({ episode, step, alternative, result, judgement }) => [
        episode.task.id,
        choiceAt(episode, step).point,
        alternative.reply,
        result,
        judgement.reward,
      ]);
    };
    const siblings = await told(true);
    expect(siblings).toEqual(await told(false));
    expect(siblings.length % 3).toBe(0);
  });
});

it("says what the policy's probabilities say, at a temperature", async () => {
  const world = router();
  const policy = opinionated(world, 3);
  const [task] = world.simulator.tasks;
  const search = searchOf(world, policy);
  for (const temperature of [1, 0.5]) {
    const many = Array.from({ length: 2000 }, (_, sample) => ({
      ...{ task: task!, epoch: 0, sampling: { temperature, topP: 1, sample } },
    }));
    const first = (await search.play(many)).map(({ episode }) => choiceAt(episode, 0));
    const { ask } = first[0]!.requests[0]!;
    if (ask.kind !== "choose") throw new Error("the first choice is no label");
    const weights = first[0]!.outputs[0]!.labelLogProbs!.map((logProb) => Math.exp(logProb / temperature));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, label] of ask.labels.entries()) {
      const share =
        first.filter(({ reply }) => reply.kind === "label" && reply.label === label).length / 2000;
      expect(share).toBeCloseTo(weights[i]! / total, 1);
    }
  }
});

it("asks for all labels once, however often one is drawn", async () => {
  const world = router();
  const policy = counted(opinionated(world, 3));
  const search = searchOf(world, policy);
  await search.play(plays(world, 50));
  const { calls } = search.counters;
  await search.play(plays(world, 400));
  // Of the texts others are drawn, but of few prompts.
  expect(search.counters.savedByMemo + search.counters.savedByRejoin).toBeGreaterThan(calls);
});
