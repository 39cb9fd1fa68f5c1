import { describe, expect, it } from "vitest";
import { defaultSettings, type TrainEvent, train } from "../../runtime/learner/index.js";
import { FlowFailure, type FlowModule } from "../../runtime/machine/index.js";
import {
  type Effects,
  isChoice,
  type Lost,
  type Policy,
  serializeEpisode,
} from "../../runtime/search/index.js";
import { withEffects } from "../../runtime/simulator/index.js";
import * as compiled from "../fixtures/machines/compiled.js";
import type { World } from "../fixtures/machines/flows.js";
import { everything, opinionated, searchOf } from "./support.js";

const market = await compiled.market();
const router = await compiled.router();
const playsOf = ({ simulator }: World) => simulator.tasks.map((task) => ({ task, epoch: 0 }));

/** A world whose simulator fails in the episodes of one task, where an effect is done. */
function failing(world: World, task: string): World {
  const effects = world.simulator.effects!;
  const spoilt: Effects = {
    ...effects,
    start: async (each) => {
      const state = structuredClone(await effects.start(each));
      return each.id === task ? { ...(state as object), fails: true } : state;
    },
    act: (state, call, random) => {
      if ((state as { fails?: boolean }).fails === true && call.effect === "take")
        throw new Error("out of order");
      return effects.act(state, call, random);
    },
  };
  return { ...world, simulator: withEffects(world.simulator, spoilt) };
}

async function survivors(world: World, policy: Policy, options = {}) {
  const lost: Lost[] = [];
  const search = searchOf(world, policy, { ...options, onLost: (one) => lost.push(one) });
  const played = await search.play(playsOf(world));
  const deviations = await search.deviate(
    played.map(({ episode }) => episode),
    everything,
  );
  return { played, deviations, lost };
}

describe("an episode that breaks", () => {
  const [first] = market.simulator.tasks;

  it("is told of with its task and place, and the others are as they would have been", async () => {
    const policy = opinionated(market, 1);
    const sound = await survivors(market, policy);
    expect(sound.lost).toEqual([]);
    const broken = await survivors(failing(market, first!.id), policy);
    expect(broken.lost.map(({ task }) => task)).toContain(first!.id);
    expect(new Set(broken.lost.map(({ task }) => task))).toEqual(new Set([first!.id]));
    const [{ error }] = broken.lost as [Lost];
    expect(error.message).toMatch(/^task .+, visit\/take#0@.*: the effect `take` failed: out of order$/);
    const others = sound.played.filter(({ episode }) => episode.task.id !== first!.id);
    expect(broken.played.map(({ play, episode }) => [play, serializeEpisode(episode)])).toEqual(
      others.map(({ play, episode }) => [play, serializeEpisode(episode)]),
    );
    const told = (all: typeof sound.deviations) =>
      all
        .filter(({ episode }) => episode.task.id !== first!.id)
        .map(({ step, alternative, judgement }) => [step, alternative, judgement]);
    expect(told(broken.deviations)).toEqual(told(sound.deviations));
  });

  it("ends it all where nobody is told", async () => {
    const world = failing(market, first!.id);
    await expect(searchOf(world, opinionated(world, 1)).play(playsOf(world))).rejects.toThrow("out of order");
  });

  it("takes those with it that reach one of its states, and no others", async () => {
    // A flow that fails on its values behind one label, which some episode chooses and others could.
    const undisturbed = await survivors(router, opinionated(router, 2));
    const [step] = undisturbed.played[0]!.episode.steps.filter(isChoice);
    const bad = step!.reply.kind === "label" ? step!.reply.label : "";
    const flow: FlowModule = {
      ...router.flow,
      advance(state, id, reply) {
        if (reply.kind === "label" && reply.label === bad)
          throw new FlowFailure("index 3 of a list of 2", "9:5");
        return router.flow.advance(state, id, reply);
      },
    };
    for (const rejoin of [true, false]) {
      const { played, deviations, lost } = await survivors({ ...router, flow }, opinionated(router, 2), {
        rejoin,
      });
      const losses = (task: string) => lost.filter((one) => one.task === task).length;
      for (const { id } of router.simulator.tasks) expect(losses(id)).toBeGreaterThanOrEqual(1);
      expect(lost[0]!.error.message).toMatch(
        /the flow failed: index 3 of a list of 2 \(at 9:5 of the \.flow file\)/,
      );
      for (const { episode } of played) {
        for (const { reply } of episode.steps.filter(isChoice))
          expect(reply).not.toMatchObject({ label: bad });
      }
      for (const { alternative } of deviations) expect(alternative.reply).not.toMatchObject({ label: bad });
    }
  });

  it("does not stop a judge from being asked of those that come by", async () => {
    const { simulator } = router;
    const [task] = simulator.tasks;
    const world: World = {
      ...router,
      simulator: {
        tasks: simulator.tasks,
        judge: (each, result, state) => {
          if (each.id === task!.id) throw new Error("no gold answer");
          return simulator.judge(each, result, state);
        },
      },
    };
    const { played, lost } = await survivors(world, opinionated(router, 1));
    expect(played.map(({ play }) => play)).toEqual([1, 2, 3]);
    expect(lost).toHaveLength(1);
    expect(lost[0]!.error.message).toContain("failed to judge a result: no gold answer");
  });
});

describe("a training in which episodes break", () => {
  const settings = { ...defaultSettings(), episodes: 6, episodes_per_round: 3, seed: 1 };

  it("goes on with the others, tells of every loss, and counts them", async () => {
    const [first] = market.simulator.tasks;
    const world = failing(market, first!.id);
    const events: TrainEvent[] = [];
    const policy = opinionated(world, 1);
    const { flow, simulator } = world;
    const summary = await train({
      flow,
      simulator,
      policy,
      settings,
      onEvent: (event) => events.push(event),
    });
    const lost = events.filter((event) => event.type === "lost");
    expect(lost.length).toBeGreaterThan(0);
    expect(summary.lost).toBe(lost.length);
    expect(lost[0]).toMatchObject({ task: first!.id, problem: expect.stringContaining("out of order") });
    const rounds = events.filter((event) => event.type === "round");
    expect(rounds.reduce((sum, { lost: count = 0 }) => sum + count, 0)).toBe(lost.length);
    const numbers = events.flatMap((event) => (event.type === "episode" ? [event.episode] : []));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(summary.episodes).toBe(6);
  });

  it("ends where all of a round do", async () => {
    const effects: Effects = {
      ...market.simulator.effects!,
      act: () => {
        throw new Error("out of order");
      },
    };
    const simulator = withEffects(market.simulator, effects);
    const training = train({ flow: market.flow, simulator, policy: opinionated(market, 1), settings });
    await expect(training).rejects.toThrow("out of order");
  });
});
