import { beforeAll, describe, expect, it } from "vitest";
import {
  derivePairs,
  type PreferenceSource,
  type Settings,
  sourceOf,
} from "../../../runtime/learner/index.js";
import type { FlowModule } from "../../../runtime/machine/index.js";
import { Search, type Simulator } from "../../../runtime/search/index.js";
import type { World } from "../../fixtures/machines/flows.js";
import { everything, opinionated } from "../../search/support.js";
import { of, told } from "../support.js";
import {
  byWorth,
  COMPARE,
  FEEDBACK,
  flowOf,
  GRADES,
  guessing,
  judges,
  noisy,
  settings,
  worthOf,
} from "./world.js";

let world: World;
let compare: FlowModule;
let feedback: FlowModule;

beforeAll(async () => {
  world = await guessing();
  compare = await flowOf(COMPARE);
  feedback = await flowOf(FEEDBACK);
});

type Preferences = Settings["preferences"];
const comparator: Preferences = { kind: "comparator" };
const graded: Preferences = { kind: "feedback", grades: GRADES };

/** The preferences of one round, without what may differ. */
async function preferred(
  preferences: Preferences,
  mode: "best" | "all",
  flow?: FlowModule,
  policy = judges(),
  simulator: Simulator = world.simulator,
) {
  const trained = opinionated(world, 7);
  const source = sourceOf({
    settings: { ...settings, preferences },
    flow: world.flow,
    simulator,
    policy: trained,
    ...(flow === undefined ? {} : { evaluator: { flow, policy } }),
  });
  if (typeof source === "string") throw new Error(source);
  const judging = preferences.kind === "reward" ? "reward" : "monitoring";
  const search = new Search({ flow: world.flow, simulator, policy: trained, seed: 1, live: 8, judging });
  const episodes = await search.play(simulator.tasks.map((task) => ({ task, epoch: 0 })));
  const deviations = await search.deviate(
    episodes.map(({ episode }) => episode),
    everything,
  );
  const used: PreferenceSource = source(search);
  const { pairs, ties } = await derivePairs(episodes, deviations, mode, undefined, used);
  return { pairs, ties, figures: used.figures(), counters: search.counters, policy, deviations };
}

const sides = ({ pairs, ties }: Awaited<ReturnType<typeof preferred>>) => ({
  ties,
  pairs: pairs.map(({ task, point, shown, greedyWon }) => ({ task, point, shown, greedyWon })),
});

describe.each(["best", "all"] as const)("preferences, %s", (mode) => {
  it("of a comparator that knows the reward are those of the reward, of the same weight each", async () => {
    const rewarded = await preferred({ kind: "reward" }, mode);
    const compared = await preferred(comparator, mode, compare);
    expect(rewarded.pairs.length).toBeGreaterThan(5);
    expect(sides(compared)).toEqual(sides(rewarded));
    expect(new Set(compared.pairs.map(({ gap }) => gap))).toEqual(new Set([1]));
    expect(compared.figures).toMatchObject({ disagreed: 0, failed: 0 });
  });

  it("of feedback that knows the reward are those of the reward, with its weights", async () => {
    const rewarded = await preferred({ kind: "reward" }, mode);
    const judged = await preferred(graded, mode, feedback);
    expect(sides(judged)).toEqual(sides(rewarded));
    expect(judged.pairs.map(({ gap }) => gap)).toEqual(rewarded.pairs.map(({ gap }) => gap));
    // By their order the grades are worth 0, 1/3, 2/3 and 1.
    const ordered = await preferred({ kind: "feedback" }, mode, feedback);
    expect(sides(ordered)).toEqual(sides(rewarded));
  });

  it("of the simulator's own comparator are those of the reward", async () => {
    const simulator: Simulator = {
      ...world.simulator,
      compare: ({ input }, first, second) => {
        const difference = worthOf(input, second.result) - worthOf(input, first.result);
        return difference > 0 ? "second" : difference < 0 ? "first" : "same";
      },
    };
    const own = await preferred(comparator, mode, undefined, judges(), simulator);
    expect(sides(own)).toEqual(sides(await preferred({ kind: "reward" }, mode)));
    expect(own.figures).toMatchObject({ disagreed: 0, failed: 0, calls: 0 });
  });
});

describe("a comparator", () => {
  it("that favours a place prefers nothing, and is found out", async () => {
    const { pairs, ties, figures } = await preferred(
      comparator,
      "all",
      compare,
      judges(() => "first"),
    );
    expect(pairs).toEqual([]);
    expect(ties).toBeGreaterThan(10);
    expect(figures!.disagreed).toBe(figures!.asked / 2);
  });

  it("is asked in both orders once about every two things that it reads, and what that costs is told", async () => {
    const { figures, policy, counters, deviations } = await preferred(comparator, "all", compare);
    const { asked, calls, prompted, decoded, known } = figures!;
    expect(new Set(policy.asked).size).toBe(policy.asked.length);
    for (const user of policy.asked) {
      const [question, a, b] = user.split(" ");
      expect(policy.asked).toContain(`${question} ${b} ${a}`);
    }
    expect(asked).toBe(policy.asked.length);
    expect(asked / 2 + known).toBe(deviations.length);
    expect({ calls, prompted, decoded }).toEqual({ calls: asked, prompted: 3 * asked, decoded: asked });
    const alone = await preferred({ kind: "reward" }, "all");
    expect(counters.calls).toBe(alone.counters.calls + calls);
    expect(counters.decoded).toBe(alone.counters.decoded + decoded);
  });

  it("may read what was said on the way, as much of it as it declares", async () => {
    const flow = await flowOf(`
      judge better(a: text, b: text) -> first | second | same {
        user """{{ "a" }} {{ a }} {{ b }}"""
      }
      flow compare(first_steps: list<{ agent: text, answer: text }>, second_steps: list<{ agent: text, answer: text }>) -> first | second | same {
        return better(join([s.agent + "=" + s.answer for s in first_steps], ","), join([s.agent + "=" + s.answer for s in second_steps], ","))
      }
    `);
    const lengths = judges((_, a, b) =>
      a.length < b.length ? "first" : a.length > b.length ? "second" : "same",
    );
    const { pairs, policy } = await preferred(comparator, "all", flow, lengths);
    expect(
      policy.asked.some((user) => /^a guess=\w,enough=no,again=\w guess=\w,enough=yes$/.test(user)),
    ).toBe(true);
    const chosen = pairs.filter(({ agent }) => agent === "enough").map(({ shown }) => shown.chosen);
    expect(chosen.length).toBeGreaterThan(0);
    expect(chosen).not.toContain("no");
  });

  it("teaches what earns more, also if it errs now and then", async () => {
    const flow = world.flow;
    const long = { ...settings, episodes: 60 };
    const mean = (rewards: readonly number[]) =>
      rewards.reduce((sum, each) => sum + each, 0) / rewards.length;
    for (const [better, errs] of [
      [byWorth, false],
      [noisy(7), true],
    ] as const) {
      const events = await told({
        ...{ flow, simulator: world.simulator, policy: opinionated(world, 7) },
        settings: { ...long, preferences: comparator },
        evaluator: { flow: compare, policy: judges(better) },
      });
      const rewards = of("round", events).map(({ reward }) => reward);
      expect(mean(rewards.slice(-3))).toBeGreaterThan(mean(rewards.slice(0, 1)) + 0.2);
      const disagreed = of("round", events).map(({ preferences }) => preferences!.disagreed!);
      expect(Math.max(...disagreed) > 0).toBe(errs);
    }
  });
});

describe("a training without a reward", () => {
  const ways = [
    ["comparator", comparator, () => compare],
    ["feedback", graded, () => feedback],
  ] as const;

  it.each(ways)(
    "by %s learns the same whether there is a reward or not, and marks it",
    async (_, preferences, flow) => {
      const trained = async (simulator: Simulator) =>
        told({
          ...{ flow: world.flow, simulator, policy: opinionated(world, 7) },
          // It counts episodes, so it needs no reward either.
          settings: {
            ...settings,
            preferences,
            reference: { ...settings.reference, kind: "soft", every: 8 },
          },
          evaluator: { flow: flow(), policy: judges() },
        });
      let judged = 0;
      const counted: Simulator = {
        ...world.simulator,
        judge: (task, result) => {
          judged += 1;
          return world.simulator.judge(task, result);
        },
      };
      const rewarded = await trained(counted);
      // Nothing but greedy episodes, of the rounds and of the end.
      expect(judged).toBeLessThanOrEqual(settings.episodes + 4);
      const throwing = await trained({
        ...world.simulator,
        judge: () => {
          throw new Error("there is no reward");
        },
      });
      const none = await trained({
        ...world.simulator,
        judge: () => ({ reward: Number.NaN, metrics: {} }),
      });
      expect(of("pair", rewarded).length).toBeGreaterThan(20);
      expect(of("reference", rewarded).length).toBeGreaterThan(1);
      for (const events of [throwing, none]) {
        for (const type of ["pair", "update", "reference", "lost"] as const)
          expect(of(type, events)).toEqual(of(type, rewarded));
        expect(of("round", events).every(({ reward }) => Number.isNaN(reward))).toBe(true);
      }
      for (const { monitoring, reward, preferences: figures } of of("round", rewarded)) {
        expect(monitoring).toBe(true);
        expect(reward).toBeGreaterThanOrEqual(0);
        expect(figures!.asked).toBeGreaterThan(0);
      }
    },
  );

  it("lets the policy that is trained answer judges, with its base", async () => {
    const policy = opinionated(
      {
        ...world,
        flow: { ...world.flow, agents: [...world.flow.agents, ...compare.agents] },
      },
      7,
    );
    const version = policy.version("better");
    const events = await told({
      ...{ flow: world.flow, simulator: world.simulator, policy },
      settings: { ...settings, preferences: comparator },
      evaluator: { flow: compare },
    });
    expect(of("round", events)[0]!.preferences!.calls).toBeGreaterThan(0);
    expect(policy.agents).toEqual(["guess", "enough", "again"]);
    expect(policy.version("better")).toBe(version);
  });
});

describe("an evaluator that breaks", () => {
  it("on some episodes gives no preference there, and each is told of", async () => {
    const flow = await flowOf(`
      judge better(question: text, a: text, b: text) -> first | second | same {
        user """{{ question }} {{ a }} {{ b }}"""
      }
      flow compare(question: text, first_result: { answer: text }, second_result: { answer: text }) -> first | second | same {
        let known = [1 for c in ["a", "b", "c", "sorry"] if c == second_result.answer]
        let _ = known[0]
        return better(question, first_result.answer, second_result.answer)
      }
    `);
    const options = { flow: world.flow, simulator: world.simulator, policy: opinionated(world, 7) };
    const events = await told({
      ...options,
      settings: { ...settings, episodes: 5, pairs: "all", preferences: comparator },
      evaluator: { flow, policy: judges() },
    });
    const [round] = of("round", events);
    const lost = of("lost", events);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost[0]!.problem).toContain("index 0 of a list of 0");
    expect(round).toMatchObject({ preferences: { failed: lost.length }, lost: lost.length });
    expect(round!.pairs).toBeGreaterThan(0);
  });

  it("on all of them ends the training", async () => {
    const flow = await flowOf(`
      flow compare(first_result: { tries: int }, second_result: { tries: int }) -> first | second {
        let never: list<int> = [first_result.tries for x in [1] if x > second_result.tries + 9]
        branch never[0] > 0 { true -> return first  false -> return second }
      }
    `);
    const options = { flow: world.flow, simulator: world.simulator, policy: opinionated(world, 7) };
    await expect(
      told({
        ...options,
        settings: { ...settings, preferences: comparator },
        evaluator: { flow, policy: judges() },
      }),
    ).rejects.toThrow("index 0 of a list of 0");
  });

  it("is a comparator of the simulator's, too", async () => {
    const simulator: Simulator = { ...world.simulator, compare: () => "neither" as "same" };
    await expect(preferred(comparator, "all", undefined, judges(), simulator)).rejects.toThrow(
      'the simulator\'s comparator gave "neither", not first, second or same',
    );
  });
});

describe("who is to give preferences", () => {
  const problem = (preferences: Preferences, flow?: FlowModule) =>
    sourceOf({
      settings: { ...settings, preferences },
      flow: world.flow,
      simulator: world.simulator,
      policy: opinionated(world, 7),
      evaluator: flow && { flow },
    });
  const inputs = "first_result: { answer: text }, second_result: { answer: text }";
  const judge = 'judge j(a: text) -> first | second { user """{{ a }}""" }';

  it.each([
    ["a flow that is missing", comparator, undefined, "preferences.kind is comparator, which needs a flow"],
    [
      "an input that nobody has",
      comparator,
      `flow f(truth: text, ${inputs}) -> first | second { return first }`,
      "the evaluator f takes truth; what it may take is first_result, first_steps, second_result, second_steps, question",
    ],
    [
      "one that reads but one episode",
      comparator,
      `${judge} flow f(first_result: { answer: text }) -> first | second { return j(first_result.answer) }`,
      "the evaluator f reads no episode: it must take second_result or second_steps",
    ],
    [
      "an agent that would be trained",
      comparator,
      `${judge.replace("judge", "agent")} flow f(${inputs}) -> first | second { return j(first_result.answer) }`,
      "the evaluator f has the agent j, where only judges may stand: declare it with judge",
    ],
    [
      "a judge with the name of an agent",
      comparator,
      `${judge.replace("j(", "guess(")} flow f(${inputs}) -> first | second { return guess(first_result.answer) }`,
      "the evaluator f has a judge with the name of an agent that is trained, guess",
    ],
    [
      "an output that is no verdict",
      comparator,
      `flow f(${inputs}) -> int { return 1 }`,
      "the evaluator f must give first | second, or first | second | same",
    ],
    [
      "an output that is no grade",
      graded,
      "flow f(result: { answer: text }) -> text { return result.answer }",
      "the evaluator f must give grades: labels, from worst to best, or a number",
    ],
    [
      "a label without a grade",
      graded,
      "flow f(result: { answer: text }) -> bad | best { return bad }",
      "the evaluator f gives best, which preferences.grades do not have",
    ],
    [
      "a grade without a label",
      graded,
      "flow f(result: { answer: text }) -> bad | poor { return bad }",
      "the evaluator f never gives fair, which preferences.grades have",
    ],
  ] as const)("is refused: %s", async (_, preferences, text, message) => {
    const given = problem(preferences, text === undefined ? undefined : await flowOf(text));
    expect(typeof given === "string" ? given : "no problem").toContain(message);
  });
});
