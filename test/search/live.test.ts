import { describe, expect, it } from "vitest";
import * as mazeModule from "../../flows/examples/maze.js";
import type { Json } from "../../runtime/machine/index.js";
import { type Effects, isChoice, type Simulator } from "../../runtime/search/index.js";
import { type EffectModule, effectsOf, withEffects } from "../../runtime/simulator/index.js";
import * as compiled from "../fixtures/machines/compiled.js";
import type { World } from "../fixtures/machines/flows.js";
import { everything, opinionated, searchOf } from "./support.js";

/*
 * That forks of simulators which keep their state themselves are exact, by re-running as in `maze.flow` and by snapshots
 * as in `notebook.flow`, is tested where all worlds are: forks, replays, deviations. Here is what else they do.
 */
const maze = await compiled.maze();
const shop = await compiled.shop();
const playsOf = ({ simulator }: World) => simulator.tasks.map((task) => ({ task, epoch: 0 }));

function inMaze(module: EffectModule): World {
  const effects = effectsOf(maze.flow, new Map([["./maze.ts", module]]));
  return { ...maze, simulator: withEffects(maze.simulator, effects) };
}

async function searched(world: World, recheck?: number) {
  const search = searchOf(world, opinionated(world, 1), recheck === undefined ? {} : { recheck });
  const played = await search.play(playsOf(world));
  const deviations = await search.deviate(
    played.map(({ episode }) => episode),
    everything,
  );
  return { played, deviations };
}

/** Counts what a live module is asked for. */
function counted() {
  const counts = { resets: 0, acts: 0 };
  const count = <F extends (...args: never[]) => unknown>(name: keyof typeof counts, act: F) =>
    ((...args: Parameters<F>) => {
      counts[name] += 1;
      return act(...args);
    }) as F;
  const module = {
    live: { reset: count("resets", mazeModule.live.reset) },
    look: count("acts", mazeModule.look),
    go: count("acts", mazeModule.go),
  };
  return { counts, module };
}

describe("a simulator that keeps its state itself", () => {
  it("is reset and taken where it is wanted, and nothing is done again where it stands already", async () => {
    const { counts, module } = counted();
    const world = inMaze(module);
    const search = searchOf(world, opinionated(world, 1), { live: 1, recheck: 0 });
    const [task] = world.simulator.tasks;
    const [played] = await search.play([{ task: task!, epoch: 0 }]);
    const { steps } = played!.episode;
    expect(counts).toEqual({ resets: 1, acts: steps.filter((step) => !isChoice(step)).length });
    await search.deviate([played!.episode], everything);
    expect(counts.resets).toBeGreaterThan(1);
    expect(counts.acts).toBeGreaterThan(search.counters.effects!);
  });

  it("does one thing at a time, however many rollouts ask", async () => {
    let inside = 0;
    const alone = async <T>(act: () => T): Promise<T> => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      const result = act();
      inside -= 1;
      return result;
    };
    const slow: EffectModule = {
      live: { reset: (input: { start: string }) => alone(() => mazeModule.live.reset(input)) },
      look: () => alone(() => mazeModule.look({})),
      go: (inputs: { door: string }, random: () => number) => alone(() => mazeModule.go(inputs, random)),
    };
    const judged = async (world: World) =>
      (await searched(world)).deviations.map(({ step, alternative, judgement }) => [
        step,
        alternative,
        judgement,
      ]);
    expect(await judged(inMaze(slow))).toEqual(await judged(maze));
  });

  it("is found out, with the effect's name, if its reset leaves something behind", async () => {
    let walked = 0;
    const leaky: EffectModule = {
      ...mazeModule,
      look: () => ({ ...mazeModule.look({}), room: `room ${walked}` }),
      go: (inputs: { door: string }, random: () => number) => {
        walked += 1;
        return mazeModule.go(inputs, random);
      },
    };
    await expect(searched(inMaze(leaky))).rejects.toThrow(
      /the effect `(look|go)` failed: `look` gave .+ when it was done again to come back there: `reset` leaves something behind/,
    );
  });

  it("is stuck by an effect that comes to no end, which no episode waits for twice", async () => {
    let calls = 0;
    const stuck: EffectModule = {
      ...mazeModule,
      go: (inputs: { door: string }, random: () => number) => {
        calls += 1;
        return calls === 2 ? new Promise(() => {}) : mazeModule.go(inputs, random);
      },
    };
    const world = inMaze(stuck);
    const problems: string[] = [];
    const search = searchOf(world, opinionated(world, 1), {
      ...{ live: 2, recheck: 0, effectSeconds: 0.2 },
      onLost: ({ error }) => problems.push(error.problem),
    });
    const plays = [0, 1, 2, 3].flatMap((epoch) => playsOf(world).map(({ task }) => ({ task, epoch })));
    const played = await search.play(plays);
    expect(played.length + problems.length).toBe(plays.length);
    expect(problems).toContain("the effect `go` failed: it gave nothing within 0.2 seconds");
    const others = problems.filter((problem) =>
      problem.includes("came to no end, and it does one thing at a time"),
    );
    // Those that were on their way then were waited for, and no others.
    expect(others.length).toBeGreaterThanOrEqual(problems.length - 2);
    expect(others.length).toBeGreaterThan(0);
  });

  it("is refused if its snapshots cannot be restored, or it cannot be reset", () => {
    const odd = { ...mazeModule, live: { ...mazeModule.live, snapshot: () => null } };
    expect(() => inMaze(odd)).toThrow("`live` has one of `snapshot` and `restore`");
    expect(() => inMaze({ ...mazeModule, live: {} })).toThrow("`live` of ./maze.ts has no function `reset`");
  });
});

describe("a simulator that has its state as a value, and keeps something besides", () => {
  /** Counts purchases over all episodes, and gives every third away. */
  function hidden(): Simulator {
    const effects = shop.simulator.effects!;
    let sold = 0;
    const spoilt: Effects = {
      ...effects,
      act: async (state, call, random) => {
        const acted = await effects.act(state, call, random);
        if (call.effect !== "buy" || acted.result !== true) return acted;
        sold += 1;
        if (sold % 3 !== 0) return acted;
        const part = (acted.state as Record<string, { money: number }>)["./shop.ts"]!;
        return { ...acted, state: { "./shop.ts": { ...part, money: part.money + 1 } } as unknown as Json };
      },
    };
    return withEffects(shop.simulator, spoilt);
  }

  it("is found out, with the effect's name, by playing some episodes and deviations again", async () => {
    await expect(searched({ ...shop, simulator: hidden() }, 1)).rejects.toThrow(
      /^task .+: when the episode was played again, the effect `buy` left another state of the simulator then than it leaves now: it depends on something that is not in the simulator's state/,
    );
  });

  it("is found out in a share of them, and not where none is wanted; it changes no episode", async () => {
    const sound = await searched(shop, 0);
    const checked = await searched(shop, 1);
    expect(checked.deviations.length).toBe(sound.deviations.length);
    for (const [i, { judgement }] of checked.deviations.entries()) {
      expect(judgement).toEqual(sound.deviations[i]!.judgement);
    }
    // Nobody looks here, and what is hidden has an effect: that is why somebody should.
    const unseen = await searched({ ...shop, simulator: hidden() }, 0);
    expect(unseen.deviations.map(({ judgement }) => judgement)).not.toEqual(
      sound.deviations.map(({ judgement }) => judgement),
    );
  });
});
