/*
 * What a search does not do a second time, each with the condition under which that is exact: where the condition does
 * not hold, it is done.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ask, EffectClass, Json, Request } from "../../runtime/machine/index.js";
import { Desk } from "../../runtime/search/desk.js";
import {
  type JudgedEpisode,
  newCounters,
  type Policy,
  type Query,
  type Search,
  type Simulator,
} from "../../runtime/search/index.js";
import { normalizeOutput } from "../../runtime/search/normal.js";
import { type EffectModule, effectsOf, withEffects } from "../../runtime/simulator/index.js";
import { machineOf } from "../compiler/drive.js";
import { all } from "../fixtures/machines/all.js";
import { simulator, type World, worlds } from "../fixtures/machines/flows.js";
import { counted, everything, opinionated, searchOf } from "./support.js";

const playsOf = ({ simulator: { tasks } }: Pick<World, "simulator">) =>
  tasks.map((task) => ({ task, epoch: 0 }));

async function searched(world: World, policy: Policy, options: Parameters<typeof searchOf>[2] = {}) {
  const search = searchOf(world, policy, options);
  const episodes = await search.play(playsOf(world));
  const deviations = await search.deviate(
    episodes.map(({ episode }) => episode),
    everything,
  );
  return { search, counters: search.counters, episodes, deviations };
}

describe.each([...all.keys()])("a policy that may change its mind, in %s", (name) => {
  const world = all.get(name)!;

  it("is asked every time, and no rollout takes the ending of another", async () => {
    const plain = await searched(world, opinionated(world, 4), { memo: false, rejoin: false });
    const fickle = counted({ ...wrapped(opinionated(world, 4)), deterministic: false });
    const { counters, deviations } = await searched(world, fickle);
    expect(counters).toMatchObject({ savedByMemo: 0, savedByRejoin: 0, calls: plain.counters.calls });
    expect(fickle.batches.reduce((sum, size) => sum + size, 0)).toBe(plain.counters.calls);
    // No call before a fork is repeated all the same: what has happened there has happened.
    expect(counters.savedByPrefix).toBe(plain.counters.savedByPrefix);
    expect(deviations.map(({ judgement }) => judgement)).toEqual(
      plain.deviations.map(({ judgement }) => judgement),
    );
  });
});

function wrapped(policy: Policy): Policy {
  return { answer: (queries) => policy.answer(queries), version: (agent) => policy.version(agent) };
}

describe("an answer is known", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };
  const asks: readonly Ask[] = [
    { kind: "generate", maxTokens: 4 },
    { kind: "generate", maxTokens: 5 },
    { kind: "record", schema, maxTokens: 4 },
    { kind: "choose", labels: ["yes", "no"] },
    { kind: "choose", labels: ["no", "yes"] },
    { kind: "score", labels: ["yes", "no"], label: "yes", candidate: 0 },
    { kind: "score", labels: ["yes", "no"], label: "no", candidate: 0 },
  ];
  const sampled = { kind: "sample", temperature: 1, topP: 1, key: "k" } as const;
  const beams = { kind: "beam", groups: 2, beams: 1, diversity: 1, index: 0 } as const;
  const decodings: readonly Query["decoding"][] = [
    { kind: "greedy" },
    sampled,
    { ...sampled, key: "other" },
    { ...sampled, temperature: 2 },
    { ...sampled, topP: 0.5 },
    { ...sampled, topK: 3 },
    beams,
    { ...beams, index: 1 },
    { ...beams, groups: 3 },
    { ...beams, beams: 2 },
    { ...beams, diversity: 0 },
  ];
  const texts = fc.constantFrom("", "a", "b", "ab", "1", '"a"');
  const examples = [undefined, [], [{ user: "a", answer: "b" }], [{ user: "ab", answer: "" }]] as const;
  const queries = fc.record({
    agent: fc.constantFrom("query", "draft"),
    system: texts,
    user: texts,
    ask: fc.constantFrom(...asks),
    example: fc.constantFrom(...examples),
    decoding: fc.constantFrom(...decodings),
  });
  /** What an answer may depend on, as one text; other things are where it is asked. */
  type Drawn = typeof queries extends fc.Arbitrary<infer T> ? T : never;
  const fields = ["agent", "system", "user", "ask", "example", "decoding"] as const;
  /** Queries that differ from the first in two things at most. */
  const nearby = fc
    .tuple(
      queries,
      fc.array(fc.tuple(fc.subarray([...fields], { maxLength: 2 }), queries), { maxLength: 12 }),
    )
    .map(([base, others]) => [
      base,
      ...others.map(([changed, other]) => ({
        ...base,
        ...Object.fromEntries(changed.map((field) => [field, other[field]])),
      })),
    ]);
  const essence = (drawn: Drawn): string => JSON.stringify([drawn, drawn.example === undefined]);

  const asked = async (drawn: readonly Drawn[], version = "1"): Promise<number> => {
    const counters = newCounters();
    const policy: Policy = {
      answer: async (all) =>
        all.map(() => ({
          ...{ reply: { kind: "text", text: "" }, logProb: 0 },
          tokens: { prefilled: 0, reused: 0, decoded: 0 },
        })),
      version: () => version,
    };
    const desk = new Desk(policy, counters, true);
    for (const [i, { agent, system, user, ask, example, decoding }] of drawn.entries()) {
      const site = `f/${agent}#${i}`;
      const request: Request = {
        ...{ id: `${site}@${i}`, point: `${site}@${i}`, site, agent, system, user },
        ask: ask.kind === "score" ? { ...ask, candidate: i } : ask,
        ...(example === undefined ? {} : { examples: example }),
      };
      await desk.ask([{ request, decoding, affinity: `task ${i}` }]);
    }
    return counters.calls;
  };

  it("of the same agent, prompt, form and decoding with its random key, wherever and for whom it is asked", async () => {
    await fc.assert(
      fc.asyncProperty(nearby, async (drawn) => {
        expect(await asked(drawn)).toBe(new Set(drawn.map(essence)).size);
        expect(await asked([...drawn, ...drawn])).toBe(new Set(drawn.map(essence)).size);
      }),
      { numRuns: 300 },
    );
  });

  it("of each draw of a text by itself, and of all of them where the same is drawn again", async () => {
    const world = worlds.retrieveUntilDone!();
    const search = searchOf(world, opinionated(world, 5));
    const [{ episode }] = (await search.play(playsOf(world))) as [JudgedEpisode];
    const sites = episode.steps.filter(({ kind }) => kind === "generate").length;
    expect(sites).toBeGreaterThan(0);
    const before = { ...search.counters };
    const drawing = { ...everything, choose: 0, pick: 0, generate: 1, draws: 7, agents: new Set(["query"]) };
    await search.deviate([episode], drawing);
    const drawn = search.counters.calls - before.calls;
    expect(drawn).toBeGreaterThanOrEqual(7 * sites);
    await search.deviate([episode], drawing);
    expect(search.counters.calls - before.calls).toBe(drawn);
    await search.deviate([{ ...episode, seed: 2 }], drawing);
    expect(search.counters.calls - before.calls).toBeGreaterThanOrEqual(drawn + 7 * sites);
  });
});

/** A flow that presses one of two keys, which leaves its own variables as they are, and then says one thing more. */
const PRESSING = `
  extern effect press(key: a | b) -> bool CLASS from "./keys.ts"
  agent which(n: int) -> a | b { user """{{ n }}""" }
  agent last(n: int) -> yes | no { user """{{ n }}""" }
  flow pressing(n: int) -> yes | no {
    do press(which(n))
    return last(n)
  }
`;

async function pressing(
  module: EffectModule,
  inputs: readonly Json[] = [{ n: 1 }],
  kind: EffectClass = "effectful",
): Promise<World> {
  const flow = await machineOf(
    PRESSING.replace("CLASS", kind).replace("do press", kind === "pure" ? "let pressed = press" : "do press"),
  );
  const judging = simulator(inputs, (_, result) => (result === "yes" ? 1 : 0));
  return {
    flow,
    texts: new Map(),
    simulator: withEffects(judging, effectsOf(flow, new Map([["./keys.ts", module]]))),
  };
}

type Pressed = { readonly key: string };

describe("a rollout takes the ending of one that reached the same state", () => {
  /** Rollouts that end at `last` after `which` said otherwise: one for each task. */
  const rejoined = async (world: World, options = {}) =>
    (await searched(world, opinionated(world, 2), options)).counters.savedByRejoin;
  const forgets = { press: (state: Json) => ({ state, result: true }) };

  it("where the simulator's state is the same too", async () => {
    expect(await rejoined(await pressing(forgets))).toBe(1);
    const keeps: EffectModule = {
      start: () => [],
      press: (state: readonly Json[], { key }: Pressed) => ({ state: [...state, key], result: true }),
    };
    expect(await rejoined(await pressing(keeps))).toBe(0);
  });

  it("where a simulator that keeps its state itself says by a snapshot that it is", async () => {
    const live = { reset: () => undefined };
    expect(await rejoined(await pressing({ live, press: () => true }))).toBe(0);
    const snapshots = { ...live, snapshot: () => "here", restore: () => undefined };
    expect(await rejoined(await pressing({ live: snapshots, press: () => true }))).toBe(1);
  });

  it("of the same task in the same pass over the tasks where effects have random numbers, whose keys these are", async () => {
    const twice = await pressing(forgets, [{ n: 1 }, { n: 1 }]);
    const [one, two] = twice.simulator.tasks as [(typeof twice.simulator.tasks)[number], never];
    const joined = async (world: World, plays: Parameters<Search["play"]>[0]) => {
      const search = searchOf(world, opinionated(world, 2));
      await search.play(plays);
      return search.counters.savedByRejoin;
    };
    const at = (task: typeof one, epoch: number) => ({ task, epoch });
    expect(await joined(twice, [at(one, 0), at(two, 0)])).toBe(0);
    expect(await joined(twice, [at(one, 0), at(one, 1)])).toBe(0);
    expect(await joined(twice, [at(one, 0), at(one, 0)])).toBe(2);
    // Without effects nothing is random after a state: whose it is makes no difference.
    const silent = {
      ...twice,
      flow: await machineOf(PRESSING.replace(/^.*extern.*$/m, "").replace(/do press/, "let key =")),
    };
    expect(await joined(silent, [at(one, 0), at(two, 1)])).toBe(2);
  });

  it("with the same adapters, also of agents that have not been asked yet", async () => {
    const world = await pressing(forgets);
    const inner = opinionated(world, 2);
    let changed = "";
    const policy: Policy = { ...wrapped(inner), version: (agent) => (agent === changed ? "2" : "1") };
    const search = searchOf(world, policy, { memo: false });
    await search.play(playsOf(world));
    await search.play(playsOf(world));
    expect(search.counters).toMatchObject({ calls: 2, savedByRejoin: 2 });
    changed = "last";
    await search.play(playsOf(world));
    expect(search.counters).toMatchObject({ calls: 4, savedByRejoin: 2 });
  });

  it("in the same pass of a loop, whatever the variables are", async () => {
    const flow = await machineOf(`
      agent say(word: text) -> text(max_tokens: 1) { user """{{ word }}""" }
      flow again(word: text) -> text {
        var now = word
        loop up to 3 { set now = say(now) }
        return now
      }`);
    const world: World = {
      flow,
      texts: new Map([["say", ["a"]]]),
      simulator: simulator([{ word: "a" }], () => 0),
    };
    const { episodes, counters } = await searched(world, opinionated(world, 1));
    expect(episodes[0]!.episode.steps.map(({ point }) => point)).toEqual(
      [1, 2, 3].map((pass) => `again/say#0@${pass}`),
    );
    expect(counters).toMatchObject({ calls: 1 + 3 * everything.draws, savedByMemo: 2, savedByRejoin: 0 });
  });
});

describe("a pure effect's result is known", () => {
  const counting = (draws: boolean) => {
    let calls = 0;
    const module: EffectModule = {
      press: (state: Json, _: Pressed, random: () => number) => {
        calls += 1;
        if (draws) random();
        return { state, result: true };
      },
    };
    return { module, calls: () => calls };
  };
  const playing = async (kind: EffectClass, draws = false) => {
    const { module, calls } = counting(draws);
    const world = await pressing(module, [{ n: 1 }, { n: 1 }], kind);
    const search = searchOf(world, opinionated(world, 2), { rejoin: false, recheck: 0 });
    const [one, two] = world.simulator.tasks as [(typeof world.simulator.tasks)[number], never];
    await search.play([{ task: one, epoch: 0 }]);
    await search.play([{ task: one, epoch: 0 }]);
    const again = calls();
    await search.play([{ task: one, epoch: 1 }]);
    const otherPass = calls() - again;
    await search.play([{ task: two, epoch: 0 }]);
    return { again, otherPass, otherTask: calls() - again - otherPass };
  };

  it("in the same task, and where it drew random numbers in the same pass over the tasks; of other effects never", async () => {
    expect(await playing("pure")).toEqual({ again: 1, otherPass: 0, otherTask: 1 });
    expect(await playing("pure", true)).toEqual({ again: 1, otherPass: 1, otherTask: 1 });
    expect(await playing("idempotent")).toEqual({ again: 2, otherPass: 1, otherTask: 1 });
    expect(await playing("effectful")).toEqual({ again: 2, otherPass: 1, otherTask: 1 });
  });
});

describe("a judge is asked once", () => {
  const judging = (world: World, change: Partial<Simulator>) => {
    let asked = 0;
    const { judge } = world.simulator;
    const simulator: Simulator = {
      ...world.simulator,
      ...change,
      judge: (task, result, state, steps) => {
        asked += 1;
        return {
          ...judge(task, result, state),
          reward: (steps ?? []).filter(({ reply }) => "label" in reply && reply.label === "a").length,
        };
      },
    };
    return { world: { ...world, simulator }, asked: () => asked };
  };
  const forgets = { press: (state: Json) => ({ state, result: true }) };

  it("for equal results if it reads these, and for each episode if it reads that", async () => {
    const base = await pressing(forgets);
    // Of three episodes two have the same result: the one as it was, and that in which another key was pressed.
    const ofResult = judging(base, {});
    await searched(ofResult.world, opinionated(base, 2), { recheck: 0 });
    expect(ofResult.asked()).toBe(2);
    const ofEpisode = judging(base, { reads: "episode" });
    const { episodes, deviations, counters } = await searched(ofEpisode.world, opinionated(base, 2), {
      recheck: 0,
    });
    expect(ofEpisode.asked()).toBe(3);
    // The ending was taken over all the same, and told apart by what came before it.
    expect(counters).toMatchObject({ savedByRejoin: 1, judged: 3, judgeSaved: 0 });
    const [key] = deviations.filter(({ step }) => step === 0);
    expect(key!.result).toBe(episodes[0]!.episode.result);
    expect(key!.judgement.reward).not.toBe(episodes[0]!.judgement.reward);
  });

  it("for each task, and for each state of the simulator", async () => {
    const two = judging(await pressing(forgets, [{ n: 1 }, { n: 1 }]), {});
    await searchOf(two.world, opinionated(two.world, 2)).play(playsOf(two.world));
    expect(two.asked()).toBe(2);
    const keeps: EffectModule = {
      start: () => "",
      press: (_: Json, { key }: Pressed) => ({ state: key, result: true }),
    };
    const states = judging(await pressing(keeps), {});
    await searched(states.world, opinionated(states.world, 2), { recheck: 0 });
    expect(states.asked()).toBe(3);
  });
});

describe("an alternative is dropped", () => {
  it("if it is a text that differs from another in case, white space or Unicode form, never for that as a label", async () => {
    const flow = await machineOf(`
      agent choose(n: int) -> Yes | yes | YES { user """{{ n }}""" }
      agent say(n: int) -> text(max_tokens: 2) { user """{{ n }}""" }
      flow f(n: int) -> text {
        branch choose(n) { Yes -> return say(n) yes -> return say(n + 1) YES -> return "no" }
      }`);
    const world: World = {
      flow,
      texts: new Map([["say", ["a b", "A  b", "\u00c5", "A\u030a", "c"]]]),
      simulator: simulator([{ n: 1 }], () => 0),
    };
    const policy = opinionated(world, 1, (agent, output) => (agent === "choose" && output === "Yes" ? 9 : 0));
    const { deviations } = await searched(world, policy);
    expect(deviations.filter(({ step }) => step === 0)).toHaveLength(2);
    expect(deviations.filter(({ step }) => step === 1)).toHaveLength(2);
  });

  it("if that holds of all texts of a record, whose labels, numbers and lists are others", () => {
    const ask: Ask = {
      kind: "record",
      maxTokens: 9,
      schema: {
        type: "object",
        properties: {
          name: { type: "string" },
          kind: { $ref: "#/$defs/Kind" },
          more: { anyOf: [{ type: "array", items: { type: "string" } }, { type: "null" }] },
          count: { type: "integer" },
        },
        $defs: { Kind: { enum: ["A", "a"] } },
      },
    };
    const whole = { name: "Ada", kind: "A", more: ["x y"], count: 1 };
    const of = (change: Record<string, Json>) =>
      normalizeOutput(ask, { kind: "record", value: { ...whole, ...change } });
    for (const same of [{ name: "ADA " }, { more: ["X  Y"] }]) expect(of(same)).toBe(of({}));
    for (const other of [{ kind: "a" }, { more: null }, { more: ["x", "y"] }, { count: 2 }, { name: "Ad" }])
      expect(of(other)).not.toBe(of({}));
  });
});

describe("no call before a fork is repeated", () => {
  it("whatever keeps the simulator's state; one that keeps it itself does its effects again", async () => {
    const results = new Map<string, { calls: number; prefix: number; acts: number }>();
    const flows: readonly [string, EffectModule][] = [
      ["value", { press: (state: Json) => ({ state, result: true }) }],
      ["live", { live: { reset: () => undefined }, press: () => true }],
    ];
    for (const [name, module] of flows) {
      let acts = 0;
      const press = module.press as (...args: unknown[]) => unknown;
      const world = await pressing({
        ...module,
        press: (...args: unknown[]) => {
          acts += 1;
          return press(...args);
        },
      });
      const { counters } = await searched(world, opinionated(world, 2), {
        memo: false,
        rejoin: false,
        recheck: 0,
      });
      results.set(name, { calls: counters.calls, prefix: counters.savedByPrefix, acts });
    }
    const { acts: ofValue, ...asked } = results.get("value")!;
    const { acts: ofLive, ...askedLive } = results.get("live")!;
    expect(askedLive).toEqual(asked);
    // Once in the episode, once in the deviation at `which`; the one at `last` needs none.
    expect(ofValue).toBe(2);
    expect(ofLive).toBeGreaterThanOrEqual(ofValue);
  });
});
