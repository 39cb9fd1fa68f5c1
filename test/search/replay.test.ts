import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../runtime/machine/index.js";
import {
  type Effects,
  type EpisodeLog,
  type LoggedStep,
  logOf,
  type Policy,
  parseLog,
  replay,
  savedAt,
  serializeEpisode,
} from "../../runtime/search/index.js";
import { withEffects } from "../../runtime/simulator/index.js";
import { all } from "../fixtures/machines/all.js";
import * as compiled from "../fixtures/machines/compiled.js";
import type { World } from "../fixtures/machines/flows.js";
import { everything, opinionated, searchOf } from "./support.js";

const playsOf = ({ simulator }: World) => simulator.tasks.map((task) => ({ task, epoch: 0 }));

async function greedy(world: World, seed: number) {
  const episodes = await searchOf(world, opinionated(world, seed)).play(playsOf(world));
  return episodes.map(({ episode }) => episode);
}

/** As it comes back from a file. */
function kept(log: EpisodeLog): EpisodeLog {
  const parsed = parseLog(JSON.stringify(log));
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.log;
}

async function disagreement(world: World, log: EpisodeLog, withSimulator = false): Promise<string> {
  const options = withSimulator ? { simulator: world.simulator } : {};
  const replayed = await replay(world.flow, log, options);
  if ("episode" in replayed) return "they agree";
  const { step, point, problem } = replayed.disagreement;
  return `${step} ${point ?? "-"}: ${problem}`;
}

describe.each([...all.keys()])("an episode of %s", (name) => {
  const world = all.get(name)!;

  it("is replayed from its log to the same bytes, with and without its simulator", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.boolean(), async (seed, withSimulator) => {
        for (const episode of await greedy(world, seed)) {
          const options = withSimulator ? { simulator: world.simulator } : {};
          const replayed = await replay(world.flow, kept(logOf(world.flow, episode)), options);
          if ("disagreement" in replayed) throw new Error(replayed.disagreement.problem);
          expect(serializeEpisode(replayed.episode)).toBe(serializeEpisode(episode));
        }
      }),
      { numRuns: 10 },
    );
  });

  it("goes on from every saved state to the same end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.record({ memo: fc.boolean(), rejoin: fc.boolean(), live: fc.integer({ min: 1, max: 50 }) }),
        async (seed, options) => {
          for (const episode of await greedy(world, seed)) {
            const firsts = episode.steps.flatMap(({ lane }, index) => (lane === 0 ? [index] : []));
            const saved = firsts.map((index) => savedAt(world.flow, episode, index));
            const resumed = await searchOf(world, opinionated(world, seed), options).resume(
              JSON.parse(JSON.stringify(saved)),
            );
            const whole = resumed.map(({ judgement: _, steps, ...end }, i) => {
              const before = episode.steps.slice(0, firsts[i]);
              return serializeEpisode({ ...episode, ...end, steps: [...before, ...steps] });
            });
            expect(whole).toEqual(firsts.map(() => serializeEpisode(episode)));
          }
        },
      ),
      { numRuns: 10 },
    );
  });

  it("of which a log is broken off, or an answer is replaced, is not replayed to another end", async () => {
    for (const episode of await greedy(world, 3)) {
      const log = logOf(world.flow, episode);
      for (const [index] of log.steps.entries()) {
        const cut = { ...log, steps: log.steps.slice(0, index) };
        expect(await disagreement(world, cut)).toMatch(
          new RegExp(`^${index} -: the log ends where .+ is asked at`),
        );
        const without = { ...log, steps: log.steps.toSpliced(index, 1) };
        expect(await disagreement(world, without)).not.toBe("they agree");
      }
      const more = { ...log, steps: [...log.steps, log.steps[0]!] };
      expect(await disagreement(world, more)).toContain("the flow ends, and the log has 1 more");
      expect(await disagreement(world, { ...log, result: "another" })).toContain(
        "the log has another result",
      );
    }
  });
});

describe("a log", () => {
  const world = all.get("router.flow")!;
  const logged = async () => logOf(world.flow, (await greedy(world, 1))[0]!);
  const changed = (log: EpisodeLog, index: number, change: (step: LoggedStep) => object): EpisodeLog => ({
    ...log,
    steps: log.steps.with(index, change(structuredClone(log.steps[index]!)) as LoggedStep),
  });

  it("is of one compile of one flow", async () => {
    const log = await logged();
    expect(await disagreement(world, { ...log, flow: "other" })).toBe(
      "0 router/route#0@: the log is of the flow other, not of router",
    );
    const older = { ...log, source: "0".repeat(64) };
    expect(await disagreement(world, older)).toContain("its source has changed");
    expect(await replay(world.flow, older, { edited: true })).toHaveProperty("episode");
  });

  it("says which prompt and which answer do not fit", async () => {
    const log = await logged();
    const said = async (change: (step: LoggedStep) => object, edited = false) => {
      const replayed = await replay(world.flow, changed(log, 0, change), { edited });
      return "disagreement" in replayed ? replayed.disagreement.problem : "they agree";
    };
    expect(
      await said((step) => ({
        ...step,
        requests: [{ ...step, ...("requests" in step ? step.requests[0] : {}), user: "?" }],
      })),
    ).toBe('the log has another prompt of route: "?" then, and "charged twice" now');
    expect(await said((step) => ({ ...step, reply: { kind: "label", label: "nowhere" } }))).toMatch(
      /"nowhere" is no label of router\/route#0@/,
    );
    expect(await said((step) => ({ ...step, reply: { kind: "text", text: "left" } }))).toMatch(
      /takes a label reply, not a text one/,
    );
    expect(await said((step) => ({ ...step, outputs: [] }))).toBe(
      "the log has 0 answers, where 1 are asked for",
    );
    expect(await said((step) => ({ ...step, outputs: [{ reply: { kind: "text", text: "left" } }] }))).toMatch(
      /answered a text where a label was asked/,
    );
    expect(await said((step) => ({ ...step, point: "router/other#0@" }))).toMatch(
      /^the flow is at router\/route#0@$/,
    );
  });

  it.each([
    ["{", "it is no JSON"],
    ["[]", "it is no JSON object"],
    ['{"format":2}', "its format is 2; this version of flowc reads format 1"],
    ['{"format":1,"flow":"f","source":1}', "it does not name its flow"],
    ['{"format":1,"flow":"f","source":"s","seed":-1,"epoch":0}', "its seed and epoch"],
    ['{"format":1,"flow":"f","source":"s","seed":1,"epoch":0,"task":{"id":"t"}}', "does not name its task"],
    [
      '{"format":1,"flow":"f","source":"s","seed":1,"epoch":0,"task":{"id":"t","input":{}},"steps":[{"kind":"choice","point":"p","reply":{},"requests":[],"outputs":[1]}]}',
      "its steps are no list",
    ],
    [
      '{"format":1,"flow":"f","source":"s","seed":1,"epoch":0,"task":{"id":"t","input":{}},"steps":[]}',
      "it has no result",
    ],
  ])("that is damaged is refused: %s", (text, problem) => {
    expect(parseLog(text)).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it("holds the answers of a policy that is sure beyond all numbers", async () => {
    const picking = all.get("retrieve-until-done.flow")!;
    const inner = opinionated(picking, 2);
    const sure = (value: number) => (value > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
    const policy: Policy = {
      version: () => "1",
      answer: async (queries) =>
        (await inner.answer(queries)).map((answer) => ({
          ...answer,
          ...(answer.reply.kind === "score"
            ? { reply: { kind: "score", logOdds: sure(answer.reply.logOdds) } as const }
            : {}),
          logProb: sure(answer.logProb),
          labelLogProbs: (answer.labelLogProbs ?? []).map(sure),
        })),
    };
    const episodes = await searchOf(picking, policy).play(playsOf(picking));
    for (const { episode } of episodes)
      expect(await disagreement(picking, kept(logOf(picking.flow, episode)))).toBe("they agree");
  });

  it("may hold objects that are no texts and cannot be made texts", async () => {
    const log = await logged();
    const odd = { toString: 1, valueOf: 1 };
    const said = (change: (step: LoggedStep) => object) => disagreement(world, changed(log, 0, change));
    for (const name of ["agent", "user", "system", "id"] as const) {
      const requests = [
        { ...(log.steps[0] as Extract<LoggedStep, { kind: "choice" }>).requests[0], [name]: odd },
      ];
      expect(await said((step) => ({ ...step, requests }))).toContain("the log has ");
    }
    expect(await said((step) => ({ ...step, outputs: [{ reply: { kind: odd } }] }))).toContain("no answer");
    expect(await said((step) => ({ ...step, reply: { kind: odd } }))).not.toBe("they agree");
    expect(await said((step) => ({ ...step, reply: { kind: "label", label: odd } }))).not.toBe("they agree");
  });

  it("is refused if it nests deeper than anything that a flow makes", async () => {
    const log = await logged();
    const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    const text = (levels: number) =>
      JSON.stringify(log).replace(/"result":.*$/s, `"result":${deep(levels)}}`);
    expect(parseLog(text(1000))).toEqual({ problem: "it nests deeper than 1000 levels" });
    expect(parseLog(text(999))).toHaveProperty("log");
    expect(parseLog(text(1_000_000))).toHaveProperty("problem");
    const brackets = { ...log, result: "[".repeat(5000), task: { id: '\\"[{', input: log.task.input } };
    expect(parseLog(JSON.stringify(brackets))).toHaveProperty("log");
  });

  it("is no more than a disagreement whatever stands in it", async () => {
    const log = await logged();
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.nat(3), async (json, at) => {
        const value = JSON.parse(json) as Json;
        const step = log.steps[0]!;
        const steps = [
          { ...step, reply: { kind: "label", label: value } },
          { ...step, reply: value },
          { ...step, outputs: [{ reply: value }] },
          { ...step, requests: [value] },
        ] as unknown as LoggedStep[];
        const parsed = parseLog(JSON.stringify({ ...log, steps: log.steps.with(0, steps[at]!) }));
        if ("log" in parsed) expect(await disagreement(world, parsed.log)).not.toBe("they agree");
      }),
    );
  });
});

describe("the log of a flow with effects", () => {
  it("says which effect did something else than it does now", async () => {
    const market = await compiled.market();
    const [episode] = await greedy(market, 1);
    const log = kept(logOf(market.flow, episode!));
    const effects = market.simulator.effects!;
    const otherwise: Effects = {
      ...effects,
      act: async (state, call, random) => {
        const acted = await effects.act(state, call, random);
        return call.effect === "take" ? { ...acted, state: { ...(acted.state as object), more: 1 } } : acted;
      },
    };
    const world = { ...market, simulator: withEffects(market.simulator, otherwise) };
    expect(await disagreement(market, log, true)).toBe("they agree");
    expect(await disagreement(world, log, true)).toMatch(/the effect `take` left another state/);
  });
});

describe("a saved state", () => {
  const world = all.get("retrieve-until-done.flow")!;

  it("is refused if it is of another compile, or is no state at all", async () => {
    const [episode] = await greedy(world, 1);
    const saved = savedAt(world.flow, episode!, 1);
    const search = () => searchOf(world, opinionated(world, 1));
    await expect(search().resume([{ ...saved, source: "0" }])).rejects.toThrow("its source has changed");
    await expect(search().resume([{ ...saved, flow: "other" }])).rejects.toThrow("is of the flow other");
    for (const state of [null, 1, "x", {}, { at: "nowhere" }, []] as Json[]) {
      await expect(search().resume([{ ...saved, state }]), JSON.stringify(state)).rejects.toThrow(
        "the saved state is none of this flow",
      );
    }
  });

  it("has the same deviations as the episode that it was taken from", async () => {
    const [episode] = await greedy(world, 4);
    const deviations = await searchOf(world, opinionated(world, 4)).deviate([episode!], everything);
    const replayed = await replay(world.flow, kept(logOf(world.flow, episode!)));
    if ("disagreement" in replayed) throw new Error(replayed.disagreement.problem);
    const again = await searchOf(world, opinionated(world, 4)).deviate([replayed.episode], everything);
    const told = (all: typeof deviations) =>
      all.map(({ step, alternative, result, judgement }) => [step, alternative, result, judgement]);
    expect(told(again)).toEqual(told(deviations));
  });
});
