import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadFlow } from "../../../cli/load-flow.js";
import {
  defaultSettings,
  type LossTerm,
  newAlgorithm,
  type Settings,
  TabularPolicy,
  train,
} from "../../../runtime/learner/index.js";
import { MusiqueSimulator, readMusique } from "../../../runtime/simulator/index.js";
import { dependentLabels, type World } from "../../fixtures/machines/flows.js";
import { opinionated, searchOf } from "../../search/support.js";
import { jsonl, rawRow } from "../../simulator/rows.js";

const world = dependentLabels();
/** Any tag that goes with the one before it: what the flow's simulator rewards, said by itself. */
const gold: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  the: { "": "D", D: "D", N: "D", V: "D" },
  saw: { "": "V", D: "N", N: "V", V: "N" },
  man: { "": "N", D: "N", N: "V", V: "N" },
};
const knowing: World = {
  ...world,
  simulator: {
    ...world.simulator,
    gold: (_, requests) => {
      const [before, word] = requests[0]!.user.split(" ");
      return { kind: "label", label: gold[word!]![before!]! };
    },
  },
};

const settings = (states: "gold" | "own", change: Partial<Settings> = {}): Settings => ({
  ...defaultSettings(),
  algorithm: { kind: "supervised", states },
  episodes: 60,
  optimizer: {
    ...{ kind: "adamw", lr: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 },
    clip: { norm: 2, max: 1 },
  },
  ...change,
});

async function signalOf(of: World, states: "gold" | "own") {
  const policy = opinionated(of, 1);
  const search = searchOf(of, policy);
  const greedy = await search.play(of.simulator.tasks.map((task) => ({ task, epoch: 0 })));
  const before = search.counters.calls;
  const signal = await newAlgorithm(settings(states), policy, of.simulator).signal(greedy, search);
  return { ...signal, calls: search.counters.calls - before, greedy };
}

const prompt = ({ chosen }: LossTerm) => (chosen.kind === "choice" ? chosen.options[0]! : chosen);

it("learns where gold outputs lead, which asks no agent that the tasks speak for", async () => {
  const { terms, calls, deviations } = await signalOf(knowing, "gold");
  expect(calls).toBe(0);
  expect(deviations).toBe(3);
  // Five words, four words, four words.
  expect(terms).toHaveLength(13);
  const before = terms.map((term) => {
    const asked = prompt(term);
    return asked.kind === "label" ? asked.request.user : "";
  });
  // "the man saw the saw": D, N, V, D, N.
  expect(before.slice(0, 5)).toEqual([" the", "D man", "N saw", "V the", "D saw"]);
});

it("learns where agents lead themselves, or else, without any rollout", async () => {
  const { terms, calls, deviations, greedy } = await signalOf(knowing, "own");
  expect([calls, deviations]).toEqual([0, 0]);
  const asked = greedy.flatMap(({ episode }) =>
    episode.steps.map((step) => (step.kind === "effect" ? "" : step.requests[0]!.user)),
  );
  expect(
    terms.map((term) => {
      const at = prompt(term);
      return at.kind === "label" ? at.request.user : "";
    }),
  ).toEqual(asked);
});

it.each(["gold", "own"] as const)("comes to say what is right, with the states %s", async (states) => {
  const policy = opinionated(knowing, 1);
  const { flow, simulator } = knowing;
  await train({ flow, simulator, policy, settings: settings(states) });
  const episodes = await searchOf(knowing, policy).play(simulator.tasks.map((task) => ({ task, epoch: 0 })));
  expect(episodes.map(({ judgement }) => judgement.reward)).toEqual([1.9375, 1.875, 1.875]);
});

it("is the cross-entropy of what is right", async () => {
  const policy = opinionated(knowing, 1);
  const { flow, simulator } = knowing;
  const losses: number[] = [];
  await train({
    ...{ flow, simulator, policy, settings: settings("gold", { episodes: 3, episodes_per_round: 3 }) },
    onEvent: (event) => {
      if (event.type === "update" && event.step === 0) losses.push(event.loss);
    },
  });
  const fresh = opinionated(knowing, 1);
  const { terms } = await signalOf(knowing, "gold");
  const logProbs = await fresh.margins("tag", terms, "trained");
  expect(losses).toEqual([expect.closeTo(-logProbs.reduce((sum, l) => sum + l, 0) / 3, 12)]);
});

it("says that tasks do not say what is right", async () => {
  const { flow, simulator } = world;
  await expect(
    train({ flow, simulator, policy: opinionated(world, 1), settings: settings("gold") }),
  ).rejects.toThrow(
    new RangeError("algorithm.kind is supervised, and the tasks do not say what agents should say"),
  );
  const silent = { ...world, simulator: { ...simulator, gold: () => undefined } };
  await expect(signalOf(silent, "gold")).rejects.toThrow("the tasks do not say what tag should say");
});

it("says what a task calls right that no agent can say", async () => {
  const wrong = {
    ...world,
    simulator: { ...world.simulator, gold: () => ({ kind: "label", label: "X" }) as const },
  };
  for (const states of ["gold", "own"] as const)
    await expect(signalOf(wrong, states)).rejects.toThrow(
      "what the task calls right is nothing that tag can say",
    );
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "flowc-gold-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Plays a question with gold outputs, and tells what was decided where these were known, and asked of agents elsewhere. */
async function goldEpisode(row: Record<string, unknown>, name = "musique-answerable") {
  const path = join(folder, "data");
  writeFileSync(path, jsonl(row));
  const simulator = new MusiqueSimulator(await readMusique(path));
  const file = fileURLToPath(new URL(`../../../flows/${name}.flow`, import.meta.url));
  const { module: flow } = await loadFlow(file);
  const texts = new Map(["query", "draft", "final"].map((agent) => [agent, [`own ${agent}`]]));
  const policy = new TabularPolicy({ agents: flow!.agents, texts });
  const search = searchOf({ flow: flow!, simulator, texts }, policy);
  const [task] = simulator.tasks;
  const [played] = await search.play([
    { task: task!, epoch: 0, guide: (...asked) => simulator.gold(task!, ...asked) },
  ]);
  return {
    said: played!.episode.steps.map(({ point, reply }) => [
      point.replace(/^musique_\w+\//, ""),
      Object.values(reply)[1],
    ]),
    reward: played!.judgement.reward,
  };
}

it("knows of a MuSiQue question its queries, their paragraphs, when they are enough, and the answer", async () => {
  const { said, reward } = await goldEpisode(rawRow());
  expect(said).toEqual([
    ["query#0@1", "country of Oslo"],
    ["relevant#0@1", 0],
    ["enough#0@1", "no"],
    ["query#0@2", "currency of Norway"],
    ["relevant#0@2", 2],
    ["enough#0@2", "yes"],
    ["draft#0@", "own draft"],
    ["final#0@", "NOK"],
  ]);
  expect(reward).toBe(1);
});

it("knows less of a MuSiQue question without a decomposition", async () => {
  const { question_decomposition: _, ...row } = rawRow();
  const { said, reward } = await goldEpisode(row);
  expect(said.map(([, what]) => what)).toEqual([
    ...["own query", 0, "no", "own query", 2, "yes", "own draft", "NOK"],
  ]);
  expect(reward).toBe(1);
});

it("answers a MuSiQue question that can be answered, whether or not its paragraphs were found", async () => {
  const verdicts = async (supporting: number) => {
    const paragraphs = Array.from({ length: 6 }, (_, idx) => {
      return { idx, title: `${idx}`, paragraph_text: "x", is_supporting: idx < supporting };
    });
    const { said } = await goldEpisode(rawRow({ paragraphs, question_decomposition: [] }), "musique-full");
    return said.filter(([point]) => /^(enough|sufficient)/.test(String(point))).map(([, what]) => what);
  };
  expect(await verdicts(2)).toEqual(["no", "yes", "yes"]);
  expect(await verdicts(5)).toEqual(["no", "no", "no", "yes"]);
});

it("calls nothing enough for a MuSiQue question that cannot be answered, and declines it", async () => {
  const row = rawRow({
    answerable: false,
    question_decomposition: [
      { id: 1, question: "country of Oslo", answer: "Norway", paragraph_support_idx: 0 },
      { id: 2, question: "currency of #1", answer: "NOK", paragraph_support_idx: null },
    ],
  });
  const { said, reward } = await goldEpisode(row, "musique-full");
  expect(said.filter(([point]) => /^(enough|sufficient)/.test(String(point)))).toEqual([
    ...["enough#0@1", "enough#0@2", "enough#0@3", "sufficient#0@"].map((point) => [point, "no"]),
  ]);
  expect(reward).toBe(1);
});
