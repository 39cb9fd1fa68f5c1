import fc from "fast-check";
import { expect, it } from "vitest";
import type { FlowModule, Json, Reply } from "../../runtime/machine/index.js";
import {
  type Acted,
  type Episode,
  fork,
  isChoice,
  logOf,
  type Policy,
  parseLog,
  type Query,
  replay,
  Search,
  type SearchOptions,
  type Simulator,
  savedAt,
  serializeEpisode,
} from "../../runtime/search/index.js";
import { machineOf } from "../compiler/drive.js";
import { randomFlow } from "../compiler/random-flow.js";
import { sampleOf, shapeOfSchema } from "../compiler/shapes.js";
import { everything } from "./support.js";

/*
 * Flows of every statement, sub-flows in loops and passes beside one another, records, judges and effects, as fast-check
 * writes them. What holds of the worlds whose optimum is known holds of these too.
 */

/** Numbers that depend on a text alone. */
function numbers(text: string): () => number {
  let hash = 7;
  for (const unit of text) hash = (Math.imul(hash, 33) ^ unit.charCodeAt(0)) | 0;
  return () => {
    hash = (Math.imul(hash, 1_103_515_245) + 12_345) | 0;
    return (hash >>> 8) & 0xffff;
  };
}

function fitting(schema: Json, next: () => number): Json {
  return sampleOf(shapeOfSchema(schema, (schema as Record<string, Json>).$defs ?? {}), next) as Json;
}

/** Answers that depend on what is asked alone, and not on where. */
function policyOf(seed: number): Policy {
  const reply = ({ request: { agent, system, user, ask }, decoding }: Query): Reply => {
    const next = numbers(JSON.stringify([seed, agent, system, user, decoding]));
    switch (ask.kind) {
      case "generate":
        return { kind: "text", text: ["", "a", "A", "b c"][next() % 4]! };
      case "record":
        return { kind: "record", value: fitting(ask.schema, next) };
      case "choose":
        return { kind: "label", label: ask.labels[next() % ask.labels.length]! };
      case "score":
        return { kind: "score", logOdds: next() % 5 };
    }
  };
  return {
    version: () => "1",
    answer: async (queries) =>
      queries.map((query) => ({
        ...{ reply: reply(query), logProb: -1 },
        tokens: { prefilled: 1, reused: 0, decoded: 1 },
      })),
  };
}

/** Effects of which each keeps its word: pure ones know the inputs, others also what was done before, and chance. */
function simulatorOf({ effects = [] }: FlowModule): Simulator {
  const table = new Map(effects.map((effect) => [effect.name, effect]));
  return {
    tasks: ["A", "B"].map((a) => ({ id: a, input: { a, n: 2, all: ["one", "two"] } })),
    judge: (_, result, state) => ({ reward: numbers(JSON.stringify([result, state]))() % 7, metrics: {} }),
    effects: {
      names: [...table.keys()],
      start: () => ({ at: "", bought: [] }),
      act: (state, { effect: name, inputs }, random): Acted => {
        const { class: kind, output } = table.get(name)!;
        const { at, bought } = state as { at: string; bought: readonly Json[] };
        const told = kind === "pure" ? [inputs] : [inputs, state, random() < 0.5];
        const result = fitting(output, numbers(JSON.stringify([name, told])));
        if (kind === "pure") return { state, result };
        if (kind === "idempotent") return { state: { at: JSON.stringify(inputs), bought }, result };
        return { state: { at, bought: [...bought, result] }, result };
      },
    },
  };
}

async function newSearch(flow: FlowModule, seed: number, options: Partial<SearchOptions>) {
  const simulator = simulatorOf(flow);
  // A flow that fails on its values takes its episode with it.
  const search = new Search({
    ...{ flow, simulator, policy: policyOf(seed), seed: 1, live: 8, recheck: 0, onLost: () => {} },
    ...options,
  });
  return { search, simulator };
}

async function played(flow: FlowModule, seed: number, options: Partial<SearchOptions>) {
  const { search, simulator } = await newSearch(flow, seed, options);
  const episodes = await search.play(simulator.tasks.map((task) => ({ task, epoch: 0 })));
  return { search, episodes: episodes.map(({ episode }) => episode) };
}

const options = fc.record({
  memo: fc.boolean(),
  rejoin: fc.boolean(),
  live: fc.integer({ min: 1, max: 20 }),
});
const alone = { memo: false, rejoin: false, live: 1 };
/** Choice points of which all are forked; longer flows say no more. */
const LONGEST = 60;

it("forks a random flow at every choice point, with the same reply, to the same episode, byte for byte", async () => {
  let forks = 0;
  let effects = 0;
  await fc.assert(
    fc.asyncProperty(randomFlow, fc.nat(1000), options, async (text, seed, how) => {
      const flow = await machineOf(text);
      const { episodes } = await played(flow, seed, alone);
      const changes = episodes.flatMap((episode) =>
        episode.steps
          .slice(0, LONGEST)
          .flatMap((each, step) =>
            isChoice(each) ? [{ episode, step, alternative: { reply: each.reply } }] : [],
          ),
      );
      const { search } = await newSearch(flow, seed, how);
      const again = await search.tryOut(changes, ({ steps, ...end }, i): Episode => {
        const { episode, step, alternative } = changes[i]!;
        return { ...episode, steps: [...fork(flow, episode, step, alternative).steps, ...steps], ...end };
      });
      expect(again.map(serializeEpisode)).toEqual(changes.map(({ episode }) => serializeEpisode(episode)));
      forks += changes.length;
      effects += episodes.flatMap(({ steps }) => steps.filter((each) => !isChoice(each))).length;
    }),
    { numRuns: 40, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true },
  );
  // Flows that ask nothing would say nothing.
  expect(forks).toBeGreaterThan(100);
  expect(effects).toBeGreaterThan(20);
});

it("tries the same deviations of a random flow, to the same ends, whatever is spared and in any batch", async () => {
  let tried = 0;
  const budget = { ...everything, generate: 2, draws: 4, choose: 2, pick: 2 };
  await fc.assert(
    fc.asyncProperty(randomFlow, fc.nat(1000), options, async (text, seed, how) => {
      const flow = await machineOf(text);
      const searched = async (which: Partial<SearchOptions>) => {
        const { search, episodes } = await played(flow, seed, which);
        const deviations = await search.deviate(
          episodes.filter(({ steps }) => steps.length <= LONGEST),
          budget,
        );
        return deviations.map(({ step, alternative, result, judgement }) => [
          ...[step, alternative.reply, result, judgement],
        ]);
      };
      const plain = await searched(alone);
      expect(await searched(how)).toEqual(plain);
      tried += plain.length;
    }),
    { numRuns: 30, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true },
  );
  expect(tried).toBeGreaterThan(100);
});

it("replays a random flow's log, and goes on from its saved states, to the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(randomFlow, fc.nat(1000), options, async (text, seed, how) => {
      const flow = await machineOf(text);
      const { episodes } = await played(flow, seed, how);
      for (const episode of episodes) {
        const parsed = parseLog(JSON.stringify(logOf(flow, episode)));
        if ("problem" in parsed) throw new Error(parsed.problem);
        for (const given of [{}, { simulator: simulatorOf(flow) }]) {
          const again = await replay(flow, parsed.log, given);
          if ("disagreement" in again) throw new Error(JSON.stringify(again.disagreement));
          expect(serializeEpisode(again.episode)).toBe(serializeEpisode(episode));
        }
        const firsts = episode.steps
          .slice(0, LONGEST)
          .flatMap(({ lane }, index) => (lane === 0 ? [index] : []));
        const saved = firsts.map((index) => savedAt(flow, episode, index));
        const { search } = await newSearch(flow, seed, how);
        const resumed = await search.resume(JSON.parse(JSON.stringify(saved)));
        const whole = resumed.map(({ judgement: _, index, steps, ...end }) =>
          serializeEpisode({
            ...episode,
            ...end,
            steps: [...episode.steps.slice(0, firsts[index]), ...steps],
          }),
        );
        expect(whole).toEqual(firsts.map(() => serializeEpisode(episode)));
      }
    }),
    { numRuns: 30, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true },
  );
});
