import { describe, expect, it } from "vitest";
import { defaultSettings, train } from "../../runtime/learner/index.js";
import type { EffectRequest, Json } from "../../runtime/machine/index.js";
import {
  type Acted,
  type Effects,
  fork,
  SearchError,
  type Simulator,
  serializeEpisode,
} from "../../runtime/search/index.js";
import { withEffects } from "../../runtime/simulator/index.js";
import * as compiled from "../fixtures/machines/compiled.js";
import type { World } from "../fixtures/machines/flows.js";
import { everything, opinionated, searchOf } from "./support.js";

const shop = await compiled.shop();
const market = await compiled.market();
const plays = (world: World) => world.simulator.tasks.map((task) => ({ task, epoch: 0 }));

/** A world whose simulator does something else when one effect is called. */
function spoiled(
  world: World,
  effect: string,
  act: (state: Json, was: () => Acted | Promise<Acted>) => unknown,
): World {
  const effects = world.simulator.effects!;
  const spoilt: Effects = {
    ...effects,
    act: (state, call, random) =>
      call.effect === effect
        ? (act(state, () => effects.act(state, call, random)) as Acted)
        : effects.act(state, call, random),
  };
  return { ...world, simulator: withEffects(world.simulator, spoilt) };
}

const playedIn = (world: World) => searchOf(world, opinionated(world, 1)).play(plays(world));

describe("a flow with effects", () => {
  it("is refused before anything is played where the simulator has none, or lacks some", async () => {
    const { tasks, judge } = market.simulator;
    const without: Simulator = { tasks, judge };
    const policy = opinionated(market, 0);
    expect(() => searchOf(market, policy, { simulator: without })).toThrow(
      new SearchError(
        "the flow market has effects that the simulator does not do: `browse`, `weather`, `reserve`, `take`",
      ),
    );
    const some = withEffects(without, { ...market.simulator.effects!, names: ["browse", "take", "weather"] });
    expect(() => searchOf(market, policy, { simulator: some })).toThrow("does not do: `reserve`");
    const settings = { ...defaultSettings(), episodes: 1 };
    const events: string[] = [];
    const training = train({
      flow: market.flow,
      simulator: without,
      policy,
      settings,
      onEvent: ({ type }) => events.push(type),
    });
    await expect(training).rejects.toThrow("does not do: `browse`");
    expect(events).toEqual([]);
  });

  it("keeps what the simulator was asked and gave, and its states, from the first to the last", async () => {
    const [played] = await playedIn(shop);
    const { steps, world } = played!.episode;
    const effects = steps.filter((step) => step.kind === "effect");
    expect(effects.map(({ effect }) => effect)).toContain("buy");
    expect(steps[0]).toMatchObject({
      kind: "effect",
      point: "shop/look#0@1",
      site: "shop/look#0",
      world: { "./shop.ts": { money: 8, bought: [], stamps: 0 } },
    });
    for (const [i, step] of steps.slice(1).entries()) {
      const before = steps[i]!;
      expect(step.world).toBe(before.kind === "effect" ? before.after : before.world);
    }
    expect(world).toBe(effects.at(-1)!.after);
    expect(serializeEpisode(played!.episode)).toContain('"bought"');
  });

  it("is not forked at an effect", async () => {
    const [played] = await playedIn(shop);
    const alternative = { reply: { kind: "effect", value: [] } } as const;
    expect(() => fork(shop.flow, played!.episode, 0, alternative)).toThrow(
      "shop/look#0@1 is an effect, at which nothing else is tried",
    );
    const search = searchOf(shop, opinionated(shop, 1));
    const episodes = [played!.episode];
    const tried = (await search.deviate(episodes, everything)).map(
      ({ step }) => played!.episode.steps[step]!,
    );
    expect(new Set(tried.map(({ kind }) => kind))).toEqual(new Set(["pick", "choose"]));
  });

  it("plays the same episodes whenever the simulator answers", async () => {
    let turn = 0;
    const late = spoiled(market, "take", async (_, was) => {
      turn += 1;
      await new Promise((resolve) => setTimeout(resolve, (turn * 7) % 5));
      return was();
    });
    const bytes = async (world: World) =>
      (await playedIn(world)).map(({ episode }) => serializeEpisode(episode));
    expect(await bytes(late)).toEqual(await bytes(market));
  });

  it("gives each pass over the tasks noise of its own, and each seed", async () => {
    const noisy = async (epoch: number, seed: number) => {
      const policy = opinionated(market, 1);
      const search = searchOf(market, policy, { seed });
      const all = await search.play(plays(market).map(({ task }) => ({ task, epoch })));
      return all.map(({ episode }) => episode.steps.map(({ reply }) => JSON.stringify(reply)).join());
    };
    const once = await noisy(0, 1);
    expect(await noisy(0, 1)).toEqual(once);
    const others = await Promise.all([noisy(1, 1), noisy(2, 1), noisy(0, 2), noisy(0, 3)]);
    expect(others.some((other) => JSON.stringify(other) !== JSON.stringify(once))).toBe(true);
  });
});

describe("pure effects", () => {
  it("are done once per task and inputs, and where chance comes in once per place", async () => {
    const calls: string[] = [];
    const effects = market.simulator.effects!;
    const counting: Effects = {
      ...effects,
      act: (state, call, random) => {
        calls.push(`${call.effect} ${JSON.stringify(call.inputs)}`);
        return effects.act(state, call, random);
      },
    };
    const world = { ...market, simulator: withEffects(market.simulator, counting) };
    const search = searchOf(world, opinionated(world, 2), { rejoin: false });
    const [task] = world.simulator.tasks;
    const twice = [task, task].map((each) => ({ task: each!, epoch: 0 }));
    await search.play(twice);
    const browsed = calls.filter((call) => call.startsWith("browse"));
    expect(browsed.length).toBeGreaterThan(0);
    expect(new Set(browsed).size).toBe(browsed.length);
    expect(search.counters.effects).toBe(calls.length);
    expect(search.counters.savedEffects).toBeGreaterThan(0);
    const before = calls.filter((call) => call.startsWith("weather")).length;
    await search.play([{ task: task!, epoch: 1 }]);
    expect(calls.filter((call) => call.startsWith("weather")).length).toBeGreaterThan(before);
  });

  it("leave no trace in the counters of a flow that has none", async () => {
    const router = await compiled.router();
    const search = searchOf(router, opinionated(router, 0));
    await search.play(plays(router));
    expect(Object.keys(search.counters)).not.toContain("effects");
  });
});

describe("a simulator that breaks its word", () => {
  it.each<[string, string, (state: Json, was: () => Acted | Promise<Acted>) => unknown, RegExp]>([
    [
      "changes the state in a pure effect",
      "browse",
      async (state, was) => ({ ...(await was()), state: { ...(state as object), more: 1 } }),
      /`browse` is declared pure, but changed the simulator's state/,
    ],
    [
      "gives a result of another type",
      "reserve",
      (state) => ({ state, result: "yes" }),
      /`reserve` did not give what it is declared to: it is "yes", where true or false is wanted/,
    ],
    ["gives nothing", "take", () => undefined, /`take` did not give \{ state, result \}/],
    [
      "throws",
      "take",
      () => {
        throw new Error("closed on Mondays");
      },
      /`take` failed: closed on Mondays/,
    ],
    [
      "keeps a date in its state",
      "reserve",
      (state) => ({ state: { ...(state as object), when: [new Date(0)] }, result: true }),
      /`reserve` gave a state that is no plain JSON value: \.when\[0\] is a Date/,
    ],
    [
      "keeps something undefined in its state",
      "reserve",
      (state) => ({ state: { ...(state as object), when: undefined }, result: true }),
      /no plain JSON value: \.when is undefined/,
    ],
    [
      "keeps no number in its state",
      "reserve",
      (state) => ({ state: { ...(state as object), price: Number.NaN }, result: true }),
      /no plain JSON value: \.price is NaN/,
    ],
    [
      "gives a state that contains itself",
      "reserve",
      (state) => {
        const after: Record<string, unknown> = { ...(state as object) };
        after.self = after;
        return { state: after, result: true };
      },
      /nests deeper than 1000 levels, or contains itself/,
    ],
    [
      "changes the state in place",
      "reserve",
      (state) => {
        (state as unknown as Record<string, { reserved: string[] }>)["./market.ts"]!.reserved.push("all");
        return { state, result: true };
      },
      /`reserve` failed: Cannot add property 0.*; the state it is given must stay as it is: give a new one/,
    ],
  ])("is told so with the effect, the task and the place: it %s", async (_, effect, act, message) => {
    const failure = await playedIn(spoiled(market, effect, act)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SearchError);
    expect((failure as SearchError).message).toMatch(message);
    expect((failure as SearchError).message).toMatch(/^task task 0, (?:market|visit)\/\w+#\d@/);
  });

  it("cannot reach into the flow through the inputs of an effect", async () => {
    const effects = market.simulator.effects!;
    const reaching: Effects = {
      ...effects,
      act: (state, call, random) => {
        const acted = effects.act(state, call, random);
        for (const name of Object.keys(call.inputs)) {
          (call.inputs as Record<string, Json>)[name] = "changed";
        }
        return acted;
      },
    };
    const world = { ...market, simulator: withEffects(market.simulator, reaching) };
    const bytes = async (of: World) => (await playedIn(of)).map(({ episode }) => serializeEpisode(episode));
    expect(await bytes(world)).toEqual(await bytes(market));
  });

  it("is told so when a task cannot begin", async () => {
    const starting = (start: () => Json) =>
      playedIn({
        ...shop,
        simulator: withEffects(shop.simulator, { ...shop.simulator.effects!, start }),
      });
    await expect(
      starting(() => {
        throw new Error("no key");
      }),
    ).rejects.toThrow("task task 0: the simulator's `start` failed: no key");
    await expect(starting(() => ({ open: (() => true) as unknown as Json }))).rejects.toThrow(
      "the state that `start` gives is no plain JSON value: .open is a function",
    );
  });
});

describe("effects in passes beside one another", () => {
  const inputs = { needs: ["bread", "fish", "figs"] };
  const { flow } = market;

  /** The machine with the first effect done, so that all passes are open. */
  function opened(): Json {
    const state = flow.start(inputs);
    const [first] = flow.pending(state);
    return flow.advance(state, first!.id, { kind: "effect", value: true });
  }

  /** Leads a pass to where it would reserve. */
  function toReserve(state: Json, pass: number): Json {
    let next = flow.advance(state, `market/buy#0@${pass}`, { kind: "label", label: "yes" });
    const at = `@${pass}.visit#0`;
    const say = (id: string, reply: Parameters<typeof flow.advance>[2]) => {
      next = flow.advance(next, id, reply);
    };
    say(`visit/weather#0${at}`, { kind: "effect", value: "sun" });
    say(`visit/stall#0${at}`, { kind: "text", text: "quay" });
    say(`visit/browse#0${at}`, { kind: "effect", value: [{ good: "fish", price: 5 }] });
    say(`visit/buy#0${at}`, { kind: "pick", candidate: 0 });
    return next;
  }

  const asked = (state: Json) => flow.pending(state).map(({ id }) => id);

  it("are asked at once if they are pure, and in the order of the passes if not", () => {
    let state = opened();
    expect(asked(state)).toEqual(["market/buy#0@0", "market/buy#0@1", "market/buy#0@2"]);
    state = toReserve(toReserve(state, 2), 1);
    expect(asked(state)).toEqual(["market/buy#0@0"]);
    state = flow.advance(state, "market/buy#0@0", { kind: "label", label: "yes" });
    expect(asked(state)).toEqual(["visit/weather#0@0.visit#0"]);
    state = opened();
    state = toReserve(state, 1);
    state = flow.advance(state, "market/buy#0@0", { kind: "label", label: "no" });
    expect(asked(state)).toEqual(["visit/reserve#0@1.visit#0", "market/buy#0@2"]);
  });

  it("take no reply before their turn", () => {
    const state = toReserve(opened(), 1);
    const reply = { kind: "effect", value: true } as const;
    expect(() => flow.advance(state, "visit/reserve#0@1.visit#0", reply)).toThrow(RangeError);
    const ready = flow.advance(state, "market/buy#0@0", { kind: "label", label: "no" });
    expect(asked(flow.advance(ready, "visit/reserve#0@1.visit#0", reply))).toContain(
      "visit/pay#0@1.visit#0.0",
    );
  });

  it("refuse replies that are none of theirs", () => {
    const state = flow.start(inputs);
    const [request] = flow.pending(state) as [EffectRequest];
    expect(request).toEqual({
      id: "market/reserve#0@",
      point: "market/reserve#0@",
      site: "market/reserve#0",
      effect: "reserve",
      class: "idempotent",
      inputs: { good: "bread" },
    });
    expect(() => flow.advance(state, request.id, { kind: "text", text: "yes" })).toThrow(
      "market/reserve#0@ takes an effect reply, not a text one",
    );
    expect(() => flow.advance(state, request.id, { kind: "effect", value: 1 })).toThrow(
      "what market/reserve#0@ gave does not fit",
    );
    expect(() => flow.advance(state, "market/other#0@", { kind: "effect", value: true })).toThrow(RangeError);
  });
});
