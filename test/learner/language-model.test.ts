import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Cocob,
  defaultSettings,
  type LanguageModelLearner as Learner,
  preferenceLoss,
  type Scored,
  type Term,
} from "../../runtime/learner/index.js";
import { LanguageModelLearner } from "../../runtime/learner/language-model.js";
import type { Ask, Request } from "../../runtime/machine/index.js";
import { adapterVersion } from "../../runtime/policy/adapter/adapter.js";
import { readAdapter } from "../../runtime/policy/adapter/peft.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { backendsHere, reportMissing } from "../policy/backends.js";

const folder = fileURLToPath(new URL("../fixtures/reference/llama", import.meta.url));
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8"));
const labels = ["Yes", "No", "yes no"];

function request(agent: string, ask: Ask, user: string): Request {
  return { id: "f/x#0@", point: "f/x#0@", site: "f/x#0", agent, system: "Answer.", user, ask };
}

const label = (user: string, name: string): Scored => ({
  kind: "label",
  request: request("a", { kind: "choose", labels }, user),
  label: name,
});
const candidate = (user: string): Scored => ({
  kind: "candidate",
  request: request("a", { kind: "score", labels, label: "No", candidate: 0 }, user),
});
const text = (user: string, ids: readonly number[]): Scored => ({
  kind: "text",
  request: request("a", { kind: "generate", maxTokens: 8 }, user),
  ids,
});
const normalized = (user: string, ids: readonly number[]): Scored => ({
  ...(text(user, ids) as Extract<Scored, { kind: "text" }>),
  perToken: true,
});

const oneOf = (index: number, ...options: readonly Scored[]): Scored => ({ kind: "choice", options, index });

/** Every kind of term, some of them sharing prompts and outputs. */
const terms: readonly Term[] = [
  { chosen: label("Is Zürich a city?", "Yes"), rejected: label("Is Zürich a city?", "No") },
  { chosen: candidate("Zürich is the largest city"), rejected: candidate("the capital river") },
  { chosen: candidate("Zürich is the largest city"), rejected: candidate("author of the Idiot") },
  { chosen: text("Original Question:", [50, 60, 1]), rejected: text("Original Question:", [70, 1]) },
  { chosen: text("Original Question:", [50, 60, 1]) },
  {
    chosen: normalized("Original Question:", [50, 60, 1]),
    rejected: normalized("Original Question:", [70, 1]),
  },
  { chosen: normalized("Original Question:", [70, 50, 60, 1]) },
  { chosen: oneOf(1, candidate("Zürich is the largest city"), candidate("the capital river")) },
  { chosen: oneOf(0, ...labels.map((name) => label("Is Zürich a city?", name))) },
];
const weights = [0.5, -0.7, 0.3, 0.2, 0.4, 0.6, -0.5, 0.8, -0.6];

let model: LanguageModel;
beforeAll(async () => {
  model = await LanguageModel.load({ folder, backend: "wasm", workers: 0 });
});
afterAll(() => model.close());

async function learner(agents: readonly string[], filled: boolean): Promise<Learner> {
  const settings = { ...defaultSettings(), seed: 3 };
  const made = await LanguageModelLearner.create(model, agents, settings);
  if (!filled) return made;
  for (const agent of agents) {
    let n = 0;
    for (const [name, values] of made.parameters(agent)) {
      if (name.includes("lora_B"))
        values.forEach((_, i) => {
          values[i] = Math.sin(++n) / 20;
        });
    }
    await made.changed(agent);
  }
  return made;
}

async function weighted(policy: Learner): Promise<number> {
  const margins = await policy.margins("a", terms, "trained");
  return margins.reduce((sum, margin, i) => sum + weights[i]! * margin, 0);
}

describe("a language model that learns", () => {
  it("counts the tokens of answers, scores and gradients, the same whatever its cache holds", async () => {
    const policy = await learner(["a"], true);
    const asked = ["Is Zürich a city?", "Is Zürich a river?"].map((user) => ({
      request: request("a", { kind: "choose", labels }, user),
      decoding: { kind: "greedy" } as const,
    }));
    const [first, second] = asked.map(({ request }) => model.promptIds(request));
    const shared = first!.findIndex((id, i) => id !== second![i]);
    const outputs = labels.reduce((sum, name) => sum + model.labelIds(name).length, 0);
    policy.takeTokens();
    await policy.answer(asked.slice(0, 1));
    const alone = policy.takeTokens();
    expect(alone - first!.length).toBeLessThanOrEqual(outputs);
    await policy.answer(asked.slice(0, 1));
    expect(policy.takeTokens()).toBe(alone);
    await policy.answer(asked);
    expect(policy.takeTokens()).toBe(2 * alone + second!.length - first!.length - shared);

    const [term] = terms;
    await policy.margins("a", [term!], "reference");
    const completions = first!.length + model.labelIds("Yes").length + model.labelIds("No").length;
    expect(policy.takeTokens()).toBe(completions);
    await policy.gradient("a", [term!], () => 1);
    expect(policy.takeTokens()).toBe(2 * completions);
    await policy.gradient("a", [term!], () => 0);
    expect(policy.takeTokens()).toBe(completions);
  });

  it.each([
    ["fresh", false],
    ["trained", true],
  ] as const)("has the gradient that differences show, with a %s adapter", async (_, filled) => {
    const policy = await learner(["a"], filled);
    const { margins, gradient } = await policy.gradient("a", terms, (i) => weights[i]!);
    expect(margins).toEqual(await policy.margins("a", terms, "trained"));
    const names = [...policy.parameters("a").keys()];
    expect([...gradient.keys()].sort()).toEqual([...names].sort());
    for (const name of names) {
      const values = policy.parameters("a").get(name)!;
      const slope = gradient.get(name)!;
      const kept = Float32Array.from(values);
      const direction = kept.map((__, i) => Math.cos(i));
      const along = async (h: number) => {
        for (let i = 0; i < kept.length; i += 1) values[i] = kept[i]! + h * direction[i]!;
        await policy.changed("a");
        return weighted(policy);
      };
      const h = 1e-3;
      const numeric = ((await along(h)) - (await along(-h))) / (2 * h);
      await along(0);
      const exact = direction.reduce((sum: number, d: number, i: number) => sum + d * slope[i]!, 0);
      const size = Math.hypot(...direction) * Math.hypot(...slope);
      expect(Math.abs(exact - numeric), name).toBeLessThan(Math.max(2e-3, 5e-3 * size));
      if (!filled && name.includes("lora_A")) expect(slope.every((x) => x === 0)).toBe(true);
    }
  });

  it("takes the mean over a text's tokens where it is asked to", async () => {
    const policy = await learner(["a"], true);
    const outputs = [
      [50, 60, 1],
      [70, 1],
    ].map((ids) => ({ ids, scored: text("Original Question:", ids) }));
    const alone = await policy.margins(
      "a",
      outputs.map(({ scored }) => ({ chosen: scored })),
      "trained",
    );
    const [chosen, rejected] = outputs.map(({ ids }) => normalized("Original Question:", ids));
    const [margin] = await policy.margins("a", [{ chosen: chosen!, rejected: rejected! }], "trained");
    expect(margin).toBe(alone[0]! / 3 - alone[1]! / 2);
  });

  it("compares with the base model until the reference is moved, which a fresh adapter equals", async () => {
    const policy = await learner(["a"], false);
    expect(await policy.margins("a", terms, "reference")).toEqual(
      await policy.margins("a", terms, "trained"),
    );
    const trained = await learner(["a"], true);
    const base = await policy.margins("a", terms, "reference");
    expect(await trained.margins("a", terms, "reference")).toEqual(base);
    expect(await trained.margins("a", terms, "trained")).not.toEqual(base);
    expect(trained.referenceVersion("a")).toBe("base");
  });

  it("moves its reference along the product of the factors, exactly on the way from the base model", async () => {
    const policy = await learner(["a"], true);
    const trained = await policy.margins("a", terms, "trained");
    expect(await policy.moveReference("a", 1)).toBeLessThan(1e-5);
    const moved = await policy.margins("a", terms, "reference");
    for (const [i, margin] of trained.entries()) expect(moved[i]).toBeCloseTo(margin, 3);
    expect(policy.referenceVersion("a")).not.toBe("base");
    expect(await policy.margins("a", terms, "trained")).toEqual(trained);
  });

  it.each(["off", "frozen", "soft"] as const)(
    "begins with a given adapter, and compares with it or with the base model as is set: %s",
    async (kind) => {
      const given = (await learner(["a"], true)).adapter("a");
      const before = adapterVersion(given);
      const trained = await (await learner(["a"], true)).margins("a", terms, "trained");
      const base = await (await learner(["a"], false)).margins("a", terms, "trained");
      const { reference, ...settings } = {
        ...defaultSettings(),
        adapter: { ...defaultSettings().adapter, rank: 1 },
      };
      const start = new Map([["a", given]]);
      const policy = await LanguageModelLearner.create(
        model,
        ["a", "b"],
        { ...settings, reference: { ...reference, kind } },
        start,
      );
      expect(policy.version("a")).toBe(before);
      expect(policy.referenceVersion("a")).toBe(kind === "off" ? "base" : before);
      expect(policy.referenceVersion("b")).toBe("base");
      expect(await policy.margins("a", terms, "trained")).toEqual(trained);
      expect(await policy.margins("a", terms, "reference")).toEqual(kind === "off" ? base : trained);
      for (const values of policy.parameters("a").values()) values.fill(0.01);
      await policy.changed("a");
      expect(adapterVersion(given)).toBe(before);
      expect(policy.version("a")).not.toBe(before);
      expect(await policy.margins("a", terms, "reference")).toEqual(kind === "off" ? base : trained);
      const state = policy.snapshot("a");
      const resumed = await LanguageModelLearner.create(model, ["a"], { ...settings, reference }, start);
      expect(await resumed.restore("a", state)).toBeUndefined();
      expect(resumed.referenceVersion("a")).toBe(policy.referenceVersion("a"));
      expect(await resumed.margins("a", terms, "reference")).toEqual(kind === "off" ? base : trained);
    },
  );

  it("has no margins, and no gradient, with an adapter that has diverged", async () => {
    const policy = await learner(["a"], true);
    for (const values of policy.parameters("a").values()) values.fill(1e18);
    await policy.changed("a");
    const { margins, gradient } = await policy.gradient("a", terms, () => 1);
    expect([...margins]).toEqual(terms.map(() => Number.NaN));
    expect(gradient.size).toBe(0);
    expect((await policy.margins("a", terms, "reference")).every(Number.isFinite)).toBe(true);
    // The model itself has taken no harm.
    const again = await learner(["a"], false);
    expect((await again.margins("a", terms, "trained")).every(Number.isFinite)).toBe(true);
  });

  it("keeps agents apart: each has its own numbers, version and reference", async () => {
    const policy = await learner(["a", "b"], false);
    const before = policy.version("b");
    policy.parameters("a").forEach((values) => {
      values.fill(0.1);
    });
    await policy.changed("a");
    await policy.moveReference("a", 0.5);
    expect(policy.version("a")).not.toBe(before);
    expect(policy.version("b")).toBe(before);
    expect(policy.referenceVersion("b")).toBe("base");
    expect([...policy.parameters("b").values()].some((values) => values.includes(Math.fround(0.1)))).toBe(
      false,
    );
  });

  it("goes on from kept numbers as if nothing had happened, and refuses others", async () => {
    const policy = await learner(["a"], true);
    await policy.moveReference("a", 0.5);
    const state = policy.snapshot("a");
    const other = await learner(["a"], false);
    expect(await other.restore("a", state)).toBeUndefined();
    expect(other.version("a")).toBe(policy.version("a"));
    expect(other.referenceVersion("a")).toBe(policy.referenceVersion("a"));
    expect(other.snapshot("a")).toEqual(state);
    const [[name, values]] = [...state.parameters] as [[string, Float32Array]];
    const wrong = (arrays: [string, Float32Array][]) =>
      other.restore("a", { parameters: new Map(arrays), reference: undefined });
    expect(await wrong([])).toContain("does not hold");
    expect(await wrong([...state.parameters, ["else", values]] as [string, Float32Array][])).toBe(
      "the adapter has no else",
    );
    expect(await wrong([[name, new Float32Array(3)]])).toContain(`does not hold ${values.length} numbers`);
    expect(other.version("a")).toBe(policy.version("a"));
  });
});

reportMissing();

describe.each(backendsHere)("coin betting on the reference's preferences, on %s", (backend) => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await LanguageModel.load({ folder, backend, workers: 0 });
  });
  afterAll(() => model.close());

  const { preferences, beta } = expected.dpo;
  type Preference = { prompt: number[]; chosen: number[]; rejected: number[]; weight: number };

  it.each(["cocob", "cocob_fresh_adapter"])("follows PyTorch's loss path (%s)", async (which) => {
    const { losses, alpha } = expected[which];
    const adapter = readAdapter(`${folder}/adapter`, model.config);
    if (which !== "cocob")
      for (const [name, values] of adapter.tensors) if (name.includes("lora_B")) values.fill(0);
    const completions = preferences.flatMap(({ prompt, chosen, rejected }: Preference) => [
      { prompt, ids: chosen },
      { prompt, ids: rejected },
    ]);
    const margins = async (name?: string) => {
      const scores = (await model.score(completions, name)).map((part) =>
        part.reduce((sum, x) => sum + x, 0),
      );
      return preferences.map((_: Preference, i: number) => scores[2 * i]! - scores[2 * i + 1]!);
    };
    const reference = await margins();
    const optimizer = new Cocob(alpha);
    const path: number[] = [];
    for (let step = 0; step < losses.length; step += 1) {
      await model.setAdapter("x", adapter);
      const now = await margins("x");
      const parts = preferences.map(({ weight }: Preference, i: number) =>
        preferenceLoss(now[i], reference[i], weight, beta, preferences.length),
      );
      path.push(parts.reduce((sum: number, { loss }: { loss: number }) => sum + loss, 0));
      const slopes = parts.flatMap(({ slope }: { slope: number }) => [slope, -slope]);
      optimizer.step(adapter.tensors, await model.gradient("x", completions, slopes));
    }
    for (const [i, loss] of losses.entries())
      expect(Math.abs(path[i]! - loss)).toBeLessThan(1e-3 * losses[0]);
  });
});
