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
import { type World, worlds } from "../fixtures/machines/flows.js";
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

  it("may be one whose effect never comes to an end: after a while it is given up, and the others go on", async () => {
    const policy = opinionated(market, 1);
    const effects = market.simulator.effects!;
    const hanging = (world: World): World => ({
      ...world,
      simulator: withEffects(world.simulator, {
        ...effects,
        start: failing(market, first!.id).simulator.effects!.start,
        act: (state, call, random) =>
          (state as { fails?: boolean }).fails === true && call.effect === "take"
            ? new Promise(() => {})
            : effects.act(state, call, random),
      }),
    });
    const sound = await survivors(market, policy);
    const options = { effectSeconds: 0.2, recheck: 0 };
    const { played, lost } = await survivors(hanging(market), policy, options);
    expect(lost.length).toBeGreaterThan(0);
    for (const { task, error } of lost) {
      expect(task).toBe(first!.id);
      expect(error.message).toMatch(
        /^task .+, visit\/take#0@.*: the effect `take` failed: it gave nothing within 0\.2 seconds$/,
      );
    }
    const others = sound.played.filter(({ episode }) => episode.task.id !== first!.id);
    expect(played.map(({ episode }) => serializeEpisode(episode))).toEqual(
      others.map(({ episode }) => serializeEpisode(episode)),
    );
  });

  it("is no more than a choice point at which nothing else is tried, where what was drawn there does not fit", async () => {
    const retrieving = worlds.retrieveUntilDone!();
    const inner = opinionated(retrieving, 4);
    const sound = await survivors(retrieving, inner);
    const text = sound.played[0]!.episode.steps.findIndex(({ kind }) => kind === "generate");
    const { point } = sound.played[0]!.episode.steps[text]!;
    const [one] = retrieving.simulator.tasks;
    const policy: Policy = {
      version: (agent) => inner.version(agent),
      answer: async (queries) =>
        (await inner.answer(queries)).map((answer, i) => {
          const { request, decoding, affinity } = queries[i]!;
          const isHere = decoding.kind === "sample" && request.id === point && affinity === one!.id;
          return isHere ? { ...answer, reply: { kind: "label", label: "yes" } } : answer;
        }),
    };
    const { deviations, lost } = await survivors(retrieving, policy, { memo: false });
    expect(lost.map(({ task, error }) => [task, error.message])).toEqual([
      [one!.id, `task ${one!.id}, ${point}: the policy answered a label where text was asked (agent query)`],
    ]);
    const told = (all: typeof deviations) =>
      all.map(({ episode, step, alternative, judgement }) => [episode.task.id, step, alternative, judgement]);
    expect(told(deviations)).toEqual(
      told(sound.deviations.filter(({ episode, step }) => episode.task.id !== one!.id || step !== text)),
    );
  });

  it("is every one of a batch that the policy leaves without answers, which ends it all and says where", async () => {
    const policy: Policy = { version: () => "", answer: async () => [] };
    await expect(survivors(router, policy)).rejects.toThrow(
      /^task .+, router\/route#0@: the policy gave 0 answers to \d queries, of which this is the first$/,
    );
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
