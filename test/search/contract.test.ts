import { expect, it } from "vitest";
import {
  type Answer,
  normalizeText,
  type Policy,
  type Query,
  SearchError,
  type Simulator,
  savedAt,
} from "../../runtime/search/index.js";
import { router, worlds } from "../fixtures/machines/flows.js";
import { counted, everything, opinionated, searchOf } from "./support.js";

const world = router();
const plays = world.simulator.tasks.map((task) => ({ task, epoch: 0 }));

/** A policy that spoils what another one answers. */
function spoiled(spoil: (answer: Answer, query: Query) => Answer): Policy {
  const inner = opinionated(world, 0);
  return {
    answer: async (queries) => (await inner.answer(queries)).map((answer, i) => spoil(answer, queries[i]!)),
    version: (agent) => inner.version(agent),
  };
}

it("names task, choice point and agent when a policy answers another kind of reply", async () => {
  const policy = spoiled((answer) => ({ ...answer, reply: { kind: "text", text: "left" } }));
  await expect(searchOf(world, policy).play(plays)).rejects.toThrow(
    "task task 0, routing/route#0@: the policy answered a text where a label was asked (agent route)",
  );
});

it("names the labels when a policy chooses none of them", async () => {
  const policy = spoiled((answer) => ({ ...answer, reply: { kind: "label", label: "up" } }));
  await expect(searchOf(world, policy).play(plays)).rejects.toThrow(
    'the policy chose "up", which is none of left, middle, right',
  );
});

it("refuses log-odds that are no number", async () => {
  const retrieving = worlds.retrieveUntilDone!();
  const inner = opinionated(retrieving, 0);
  const policy: Policy = {
    answer: async (queries) =>
      (await inner.answer(queries)).map((answer) =>
        answer.reply.kind === "score" ? { ...answer, reply: { kind: "score", logOdds: Number.NaN } } : answer,
      ),
    version: () => "",
  };
  const tasks = retrieving.simulator.tasks.map((task) => ({ task, epoch: 0 }));
  await expect(searchOf(retrieving, policy).play(tasks)).rejects.toThrow("log-odds that are no number");
});

it("names the task when a simulator throws, or rewards with what is not finite", async () => {
  const policy = opinionated(world, 0);
  const failing = (judge: () => never | { reward: number; metrics: Record<string, number> }) =>
    searchOf(world, policy, { simulator: { tasks: world.simulator.tasks, judge } }).play(plays);
  const thrown = failing(() => {
    throw new TypeError("no such paragraph");
  });
  await expect(thrown).rejects.toThrow(SearchError);
  await expect(thrown).rejects.toThrow(
    "task task 0: the simulator failed to judge a result: no such paragraph",
  );
  await expect(failing(() => ({ reward: Number.NaN, metrics: {} }))).rejects.toThrow("reward is NaN");
});

it("advances no more rollouts at once than it may, and all of those together", async () => {
  const policy = counted(opinionated(world, 0));
  await searchOf(world, policy, { live: 2, memo: false, rejoin: false }).play(plays);
  expect(policy.batches).toEqual([2, 2, 1, 1]);
  const together = counted(opinionated(world, 0));
  await searchOf(world, together, { live: 3, memo: false, rejoin: false }).play(plays);
  expect(together.batches).toEqual([3, 3]);
});

it.each([1, 3, 5])(
  "makes forks when their turn has come, so that no more than %i stand at once",
  async (live) => {
    const long = worlds.retrieveUntilDone!();
    const search = searchOf(long, opinionated(long, 3), { live, rejoin: false });
    const tasks = long.simulator.tasks.map((task) => ({ task, epoch: 0 }));
    const episodes = (await search.play(tasks)).map(({ episode }) => episode);
    let open = 0;
    let most = 0;
    const forked = episodes.flatMap((episode) =>
      episode.steps.map(({ reply }, step) => ({
        ...{ episode, step },
        // Looked at when the fork is made.
        get alternative() {
          open += 1;
          most = Math.max(most, open);
          return { reply };
        },
      })),
    );
    expect(forked.length).toBeGreaterThan(2 * live);
    const ends = await search.tryOut(forked, (_, i) => {
      open -= 1;
      return i;
    });
    expect(ends).toEqual(forked.map((_, i) => i));
    expect({ open, most }).toEqual({ open: 0, most: live });
  },
);

it("asks a repeated request once, in one wave and in later ones", async () => {
  const policy = counted(opinionated(world, 0));
  const search = searchOf(world, policy, { rejoin: false });
  await search.play([...plays, ...plays]);
  expect(policy.batches).toEqual([3, 3]);
  await search.play(plays);
  expect(policy.batches).toEqual([3, 3]);
  expect(search.counters.savedByMemo).toBe(12);
});

it("asks again when an adapter's version has changed", async () => {
  const inner = opinionated(world, 0);
  let version = "1";
  const policy = counted({ answer: (queries) => inner.answer(queries), version: () => version });
  const search = searchOf(world, policy);
  await search.play(plays);
  version = "2";
  await search.play(plays);
  expect(policy.batches).toEqual([3, 3, 3, 3]);
});

it("judges a result once per task", async () => {
  const search = searchOf(world, opinionated(world, 0));
  const episodes = await search.play([...plays, ...plays]);
  expect(search.counters.judged).toBe(3);
  expect(search.counters.judgeSaved).toBe(3);
  const deviations = await search.deviate(
    episodes.map(({ episode }) => episode),
    everything,
  );
  expect(search.counters.judged + search.counters.judgeSaved).toBe(6 + deviations.length);
});

it("takes texts for equal that differ in case, white space or Unicode form alone", () => {
  expect(normalizeText("  Capital\n of  Perú ")).toBe(normalizeText("capital of Peru\u0301"));
  expect(normalizeText("capital of Peru")).not.toBe(normalizeText("capital of Chile"));
});

it("judges an episode once per distinct one where the judge reads it whole, and gives it no steps otherwise", async () => {
  const { tasks, judge } = world.simulator;
  const seen: (number | undefined)[] = [];
  const simulator = (reads?: "episode"): Simulator => ({
    tasks,
    ...(reads && { reads }),
    judge: (task, result, state, steps) => {
      seen.push(steps?.length);
      // What an episode asked costs something, which no result tells.
      return {
        ...judge(task, result, state),
        reward: judge(task, result, state).reward - (steps ?? []).length / 64,
      };
    },
  });
  const searched = async (reads?: "episode") => {
    seen.length = 0;
    const search = searchOf(world, opinionated(world, 0), { simulator: simulator(reads) });
    const episodes = await search.play([...plays, ...plays]);
    const deviations = await search.deviate(
      episodes.map(({ episode }) => episode),
      everything,
    );
    return { search, episodes, deviations };
  };
  await searched();
  expect(new Set(seen)).toEqual(new Set([undefined]));
  const { search, episodes, deviations } = await searched("episode");
  expect(seen).not.toContain(undefined);
  expect(search.counters.judged).toBe(seen.length);
  expect(search.counters.judged + search.counters.judgeSaved).toBe(episodes.length + deviations.length);
  const [{ episode, judgement }] = episodes as [(typeof episodes)[number]];
  expect(judgement.reward).toBe(judge(episode.task, episode.result).reward - episode.steps.length / 64);
  const saved = savedAt(world.flow, episode, 1);
  await expect(search.resume([saved])).rejects.toThrow("a judge that reads the whole episode cannot judge");
});
