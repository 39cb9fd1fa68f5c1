import { describe, expect, it } from "vitest";
import {
  budgetOf,
  defaultSettings,
  parseSettings,
  type SettingsProblem,
} from "../../runtime/learner/index.js";

function problems(text: string): readonly SettingsProblem[] {
  const parsed = parseSettings(text);
  return parsed.ok ? [] : parsed.problems;
}

it("fills in what is left out", () => {
  const settings = defaultSettings();
  expect(settings).toMatchObject({
    seed: 0,
    episodes_per_round: 8,
    steps_per_round: 3,
    beta: 0.5,
    optimizer: { kind: "cocob", alpha: 1000, clip: { norm: "inf", max: 1 } },
    adapter: { rank: 8, alpha: 16, targets: ["q_proj", "v_proj"] },
  });
});

it("takes over what is given", () => {
  const parsed = parseSettings(`
seed: 7
alternatives: { choose: all, generate: 4 }
optimizer:
  kind: adamw
  lr: 0.001
  clip: none
`);
  expect(parsed).toMatchObject({
    ok: true,
    settings: {
      seed: 7,
      alternatives: { choose: "all", generate: 4, pick: 2 },
      optimizer: { kind: "adamw", lr: 0.001, beta1: 0.9, clip: "none" },
    },
  });
});

it("leaves no trace in later settings", () => {
  parseSettings("alternatives: { generate: 9 }\nadapter: { targets: [o_proj] }");
  expect(defaultSettings().alternatives.generate).toBe(2);
  expect(defaultSettings().adapter.targets).toEqual(["q_proj", "v_proj"]);
});

it("takes a number of other texts, or how they are found too", () => {
  const budget = (text: string) => {
    const parsed = parseSettings(text);
    if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
    return budgetOf(parsed.settings);
  };
  expect(budget("alternatives: { generate: 3 }\ntop_k: 40")).toMatchObject({
    generate: 3,
    method: "sample",
    draws: 4,
    topK: 40,
  });
  expect(
    budget("alternatives: { draws: 6, generate: { count: 2, method: diverse-beam, diversity: 0.5 } }"),
  ).toMatchObject({ generate: 2, method: "diverse-beam", draws: 6, diversity: 0.5 });
  expect(budget("alternatives: { generate: { count: 2, method: top-n, draws: 9 } }")).toMatchObject({
    generate: 2,
    method: "top-n",
    draws: 9,
  });
});

describe("reports, with line and column,", () => {
  it.each<[string, string, readonly SettingsProblem[]]>([
    ["an unknown key", "seed: 1\nepisods: 5\n", [{ message: "unknown key episods", line: 2, column: 1 }]],
    [
      "an unknown key further in",
      "optimizer:\n  kind: cocob\n  momentum: 1\n",
      [{ message: "unknown key optimizer.momentum", line: 3, column: 3 }],
    ],
    ["a wrong type", "seed: many\n", [{ message: "seed must be integer", line: 1, column: 7 }]],
    [
      "a value out of range",
      "beta: 1\nepisodes: 0\n",
      [{ message: "episodes must be >= 1", line: 2, column: 11 }],
    ],
    [
      "a value that is not on the list",
      "optimizer: { kind: sgd }",
      [{ message: "optimizer.kind must be one of cocob, adamw, prodigy", line: 1, column: 20 }],
    ],
    [
      "who would say what the reward says",
      "preferences: { flow: a.flow, grades: { bad: 0, good: 1 } }",
      [
        { message: "preferences.flow means nothing to reward", line: 1, column: 16 },
        { message: "preferences.grades means nothing to reward", line: 1, column: 30 },
      ],
    ],
    [
      "who says what is better, where nothing is compared",
      "algorithm: { kind: leave-one-out }\npreferences: { kind: comparator }\n",
      [
        {
          message: "preferences.kind comparator means nothing to algorithm.kind leave-one-out",
          line: 2,
          column: 16,
        },
      ],
    ],
    [
      "what goes by rewards where there are none",
      "preferences: { kind: feedback, flow: a.flow }\nreference: { kind: soft, gate: true }\nevaluation: { patience: 2 }\n",
      [
        {
          message: "reference.gate goes by rewards, which preferences.kind feedback does without",
          line: 2,
          column: 26,
        },
        {
          message: "evaluation.patience goes by rewards, which preferences.kind feedback does without",
          line: 3,
          column: 15,
        },
      ],
    ],
    [
      "a setting of the other optimizer",
      "optimizer:\n  kind: cocob\n  lr: 0.1\n",
      [{ message: "optimizer.lr means nothing to cocob", line: 3, column: 3 }],
    ],
    [
      "settings of a reference that moves for one that does not",
      "reference: { kind: frozen, every: 10 }",
      [{ message: "reference.every needs reference.kind soft; it is frozen", line: 1, column: 28 }],
    ],
    [
      "the same without a word of what kind it is",
      "reference:\n  gate: true\n",
      [{ message: "reference.gate needs reference.kind soft; it is off", line: 2, column: 3 }],
    ],
    [
      "a gate whose windows are single rewards",
      "reference: { kind: soft, every: 1, gate: true }",
      [
        {
          message:
            "reference.every must be at least 2 for a gate: one reward has no variance; without reference.gate it moves after every round",
          line: 1,
          column: 26,
        },
      ],
    ],
    [
      "a learning rate for an optimizer that has none",
      "optimizer: { kind: prodigy, lr: 1 }",
      [{ message: "optimizer.lr means nothing to prodigy", line: 1, column: 29 }],
    ],
    [
      "a bound on gradients of no known form",
      "optimizer: { clip: { norm: 1, max: 1 } }",
      [
        { message: "optimizer.clip has none of the permitted forms", line: 1, column: 20 },
        { message: "optimizer.clip.norm must be one of inf, 2", line: 1, column: 28 },
      ],
    ],
    [
      "a reward that is always nothing",
      "seed: 1\nreward: { answer_f1: 0, support_f1: 0 }\n",
      [{ message: "one of the reward's weights must be above 0", line: 2, column: 1 }],
    ],
    [
      "a value that may have several forms",
      "alternatives: { pick: some }",
      [{ message: "alternatives.pick has none of the permitted forms", line: 1, column: 23 }],
    ],
    [
      "a method of finding texts that there is not",
      "alternatives: { generate: { count: 2, method: beam } }",
      [
        { message: "alternatives.generate has none of the permitted forms", line: 1, column: 27 },
        {
          message: "alternatives.generate.method must be one of sample, diverse-beam, top-n",
          line: 1,
          column: 47,
        },
      ],
    ],
    [
      "a list item",
      "adapter: { targets: [q_proj, 3] }",
      [
        {
          message:
            "adapter.targets.1 must be one of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj",
          line: 1,
          column: 30,
        },
      ],
    ],
    [
      "something that is no mapping",
      "- 1\n",
      [{ message: "the settings must be object", line: 1, column: 1 }],
    ],
    [
      "a key that reaches into prototypes",
      "seed: 1\n__proto__: { beta: 1 }\n",
      [{ message: "__proto__ may not be a key", line: 2, column: 1 }],
    ],
    [
      "an alias",
      "adapter: &a {}\nreward: *a\n",
      [{ message: "settings may not hold aliases", line: 2, column: 9 }],
    ],
    ["a key that is no name", "? [1]\n: 2\n", [{ message: "keys must be plain names", line: 1, column: 3 }]],
  ])("%s", (_, text, expected) => {
    expect(problems(text)).toMatchObject(expected);
  });

  it("a key that is given twice", () => {
    const [problem] = problems("seed: 1\nseed: 2\n");
    expect(problem).toMatchObject({ line: 2, column: 1 });
    expect(problem?.message).toContain("unique");
  });

  it("text that is not YAML", () => {
    expect(problems("seed: [1\n").length).toBeGreaterThan(0);
    expect(problems("seed: {{{{\n")[0]).toMatchObject({ line: 1 });
  });

  it("every problem at once, in the order of the file", () => {
    expect(problems("beta: -1\nseed: x\nfoo: 1\n").map(({ line }) => line)).toEqual([1, 2, 3]);
  });
});

it("refuses files that are made to exhaust it", () => {
  expect(problems("a".repeat(1 << 17))[0]?.message).toContain("at most");
  expect(problems(`seed: ${"[".repeat(60_000)}`).length).toBeGreaterThan(0);
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 9; i += 1)
    bomb.push(
      `b${i}: &b${i} [${Array(9)
        .fill(`*${i === 1 ? "a" : `b${i - 1}`}`)
        .join(",")}]`,
    );
  expect(problems(bomb.join("\n"))[0]?.message).toBe("settings may not hold aliases");
});

describe("the algorithm", () => {
  const algorithm = (text: string) => {
    const parsed = parseSettings(`algorithm: ${text}`);
    if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
    return parsed.settings.algorithm;
  };

  it("is not named by settings that say nothing of it", () => {
    expect("algorithm" in defaultSettings()).toBe(false);
    expect(algorithm("{ kind: deviations }")).toEqual({ kind: "deviations" });
  });

  it("has defaults of its own", () => {
    expect(algorithm("{ kind: supervised }")).toEqual({ kind: "supervised", states: "gold" });
    expect(algorithm("{ kind: leave-one-out, group: 6 }")).toEqual({
      kind: "leave-one-out",
      group: 6,
      rollouts: "drawn",
      kl: false,
    });
  });

  it("is told of settings of another, of what is unknown, and of one without a kind", () => {
    expect(problems("algorithm: { kind: supervised, group: 4 }")).toEqual([
      { message: "algorithm.group means nothing to supervised", line: 1, column: 32 },
    ]);
    expect(problems("algorithm: { kind: ppo }")[0]?.message).toBe(
      "algorithm.kind must be one of deviations, supervised, episode-credit, leave-one-out, single-sample",
    );
    expect(problems("algorithm: { group: 4 }")[0]?.message).toBe(
      "algorithm must have required property 'kind'",
    );
    expect(problems("algorithm: { kind: episode-credit, group: 1 }")[0]?.message).toBe(
      "algorithm.group must be >= 2",
    );
  });
});
