import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultSettings, type TabularPolicy, type TrainEvent, train } from "../../runtime/learner/index.js";
import { permutation } from "../../runtime/machine/random.js";
import { type Effects, type Policy, serializeEpisode } from "../../runtime/search/index.js";
import { withEffects } from "../../runtime/simulator/index.js";
import { all } from "../fixtures/machines/all.js";
import type { World } from "../fixtures/machines/flows.js";
import { everything, opinionated, searchOf } from "./support.js";

/** Waits for a while that differs from call to call. */
function pauses(seed: number): () => Promise<void> {
  let calls = 0;
  return async () => {
    calls += 1;
    for (let turns = (calls * 7 + seed) % 4; turns > 0; turns -= 1)
      await new Promise((resolve) => setImmediate(resolve));
  };
}

/** Answers as another policy does, one query at a time, in an order and at times of its own. */
function scrambled<P extends Policy>(policy: P, seed: number): P {
  const pause = pauses(seed);
  let batches = 0;
  const answer: Policy["answer"] = async (queries) => {
    batches += 1;
    const answers = queries.map(() => undefined as Awaited<ReturnType<Policy["answer"]>>[number] | undefined);
    const order = [...permutation(queries.length, `${seed} ${batches}`)];
    // Some beside one another, some after one another.
    for (let from = 0; from < order.length; from += 3) {
      await Promise.all(
        order.slice(from, from + 3).map(async (i) => {
          await pause();
          [answers[i]] = await policy.answer([queries[i]!]);
        }),
      );
    }
    return answers.map((each) => each!);
  };
  return new Proxy(policy, {
    get: (target, name) => {
      if (name === "answer") return answer;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A world whose simulator takes its time. */
function late(world: World, seed: number): World {
  const { effects } = world.simulator;
  if (effects === undefined) return world;
  const pause = pauses(seed);
  const slow: Effects = {
    names: effects.names,
    start: async (task) => {
      await pause();
      return effects.start(task);
    },
    act: async (state, call, random) => {
      await pause();
      const acted = await effects.act(state, call, random);
      await pause();
      return acted;
    },
  };
  return { ...world, simulator: withEffects(world.simulator, slow) };
}

async function searched(world: World, policy: Policy, live: number) {
  const search = searchOf(world, policy, { live });
  const played = await search.play(world.simulator.tasks.map((task) => ({ task, epoch: 0 })));
  const episodes = played.map(({ episode }) => episode);
  const deviations = await search.deviate(episodes, everything);
  return {
    episodes: episodes.map(serializeEpisode),
    deviations: deviations.map(({ episode, step, alternative, result, judgement }) =>
      JSON.stringify([episode.task.id, step, alternative, result, judgement]),
    ),
    counters: search.counters,
  };
}

async function trained(world: World, policy: TabularPolicy) {
  const events: TrainEvent[] = [];
  const settings = {
    ...{ ...defaultSettings(), episodes: 12, episodes_per_round: 4, seed: 3 },
    alternatives: { generate: 3, choose: "all", pick: "all", draws: 6, share: 0.7, adaptive: true },
  } as const;
  const { flow, simulator } = world;
  await train({ flow, simulator, policy, settings, onEvent: (event) => events.push(event) });
  return {
    events: events.filter(({ type }) => type !== "timing").map((event) => JSON.stringify(event)),
    versions: policy.agents.map((agent) => policy.version(agent)),
  };
}

describe.each([...all.keys()])("whenever and in whatever order answers come, %s", (name) => {
  const world = all.get(name)!;

  it("has the same episodes, deviations and counters", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.integer({ min: 1, max: 20 }), async (seed, live) => {
        const policy = opinionated(world, seed);
        const expected = await searched(world, policy, live);
        expect(await searched(late(world, seed), scrambled(policy, seed), live)).toEqual(expected);
      }),
      { numRuns: 5 },
    );
  });

  it("is trained to the same bytes, over the same events", async () => {
    const expected = await trained(world, opinionated(world, 5));
    const other = opinionated(world, 5);
    expect(await trained(late(world, 1), scrambled(other, 2))).toEqual(expected);
  });
});
