import fc from "fast-check";
import { expect, it } from "vitest";
import { type Scored, TabularPolicy, type Term } from "../../runtime/learner/index.js";
import type { Request } from "../../runtime/machine/index.js";

const agents = [
  { name: "say", output: { kind: "text", maxTokens: 4 } },
  { name: "mark", output: { kind: "labels", labels: ["yes", "no", "maybe"] } },
] as const;
const texts = new Map([["say", ["red", "green", "blue", "grey"]]]);

function request(agent: string, user: string, ask: Request["ask"]): Request {
  return { id: `f/${agent}#0@`, point: `f/${agent}#0@`, site: `f/${agent}#0`, agent, system: "", user, ask };
}

const generate = (user: string) => request("say", user, { kind: "generate", maxTokens: 4 });
const choose = (user: string) => request("mark", user, { kind: "choose", labels: ["yes", "no", "maybe"] });
const score = (user: string) =>
  request("mark", user, { kind: "score", labels: ["yes", "no", "maybe"], label: "yes", candidate: 0 });

function make(seed = 0): TabularPolicy {
  return new TabularPolicy({
    agents,
    texts,
    initial: (_, { user }, output) => Math.sin(seed + user.length * 7 + output.length * 3),
  });
}

const text = (user: string, id: number): Scored => ({ kind: "text", request: generate(user), ids: [id] });
const label = (user: string, name: string): Scored => ({ kind: "label", request: choose(user), label: name });
const candidate = (user: string): Scored => ({ kind: "candidate", request: score(user) });
const oneOf = (index: number, ...options: readonly Scored[]): Scored => ({ kind: "choice", options, index });

it.each<[string, string, readonly Term[]]>([
  ["texts", "say", [{ chosen: text("a", 1), rejected: text("a", 2) }, { chosen: text("bb", 0) }]],
  [
    "labels",
    "mark",
    [{ chosen: label("a", "no"), rejected: label("a", "maybe") }, { chosen: label("a", "yes") }],
  ],
  [
    "candidates",
    "mark",
    [{ chosen: candidate("a"), rejected: candidate("bb") }, { chosen: candidate("ccc") }],
  ],
  [
    "one of several candidates, or of several labels",
    "mark",
    [
      { chosen: oneOf(1, candidate("a"), candidate("bb"), candidate("ccc")) },
      { chosen: oneOf(0, label("a", "no"), label("a", "yes")) },
    ],
  ],
])("has the gradient that differences show, for %s", async (_, agent, terms) => {
  const policy = make();
  const weights = [0.7, -1.3];
  const { gradient, margins } = await policy.gradient(agent, terms, (i) => weights[i]!);
  expect(margins).toEqual(await policy.margins(agent, terms, "trained"));
  const loss = async () =>
    (await policy.margins(agent, terms, "trained")).reduce((sum, margin, i) => sum + weights[i]! * margin, 0);
  const h = 1e-6;
  for (const [name, row] of policy.parameters(agent)) {
    for (let i = 0; i < row.length; i += 1) {
      const kept = row[i]!;
      row[i] = kept + h;
      const above = await loss();
      row[i] = kept - h;
      const below = await loss();
      row[i] = kept;
      expect(gradient.get(name)![i]).toBeCloseTo((above - below) / (2 * h), 7);
    }
  }
});

it("scores what it answers as it says in its answer", async () => {
  const policy = make(2);
  const queries = [generate("a"), choose("bb"), score("ccc")].map((asked) => ({
    request: asked,
    decoding: { kind: "greedy" } as const,
  }));
  const [said, chosen, scored] = await policy.answer(queries);
  const margin = async (agent: string, one: Scored) =>
    (await policy.margins(agent, [{ chosen: one }], "trained"))[0];
  expect(await margin("say", text("a", said!.ids![0]!))).toBe(said!.logProb);
  const picked = chosen!.reply.kind === "label" ? chosen!.reply.label : "";
  expect(await margin("mark", label("bb", picked))).toBe(chosen!.logProb);
  expect(chosen!.logProb).toBe(Math.max(...chosen!.labelLogProbs!));
  expect(await margin("mark", candidate("ccc"))).toBe(scored!.logProb);
  const [yes, no, maybe] = scored!.labelLogProbs!.map(Math.exp);
  expect(scored!.logProb).toBeCloseTo(Math.log(yes! / (no! + maybe!)), 12);
});

it("scores one of all labels as that label, and one of several candidates by the softmax of their log-odds", async () => {
  const policy = make(2);
  const l = async (chosen: Scored) => (await policy.margins("mark", [{ chosen }], "trained"))[0]!;
  const labels = ["yes", "no", "maybe"].map((name) => label("a", name));
  expect(await l(oneOf(1, ...labels))).toBeCloseTo(await l(labels[1]!), 12);
  const candidates = ["a", "bb", "ccc"].map(candidate);
  const odds = await Promise.all(candidates.map(l));
  const total = odds.reduce((sum, logOdds) => sum + Math.exp(logOdds), 0);
  expect(await l(oneOf(2, ...candidates))).toBeCloseTo(odds[2]! - Math.log(total), 12);
});

it("encodes what an agent can say, and nothing else", () => {
  expect(make().encode(generate("a"), "blue")).toEqual([2]);
  expect(() => make().encode(generate("a"), "pink")).toThrow('"pink" is none of red, green, blue, grey');
});

it("draws outputs as often as their probability says, the nucleus alone where one is set", async () => {
  const policy = make(1);
  const draw = async (temperature: number, topP: number) => {
    const queries = Array.from({ length: 4000 }, (_, i) => ({
      request: generate("a"),
      decoding: { kind: "sample", temperature, topP, key: `${i}` } as const,
    }));
    const counts = [0, 0, 0, 0];
    for (const { ids } of await policy.answer(queries)) counts[ids![0]!]! += 1;
    return counts.map((count) => count / 4000);
  };
  const logits = texts.get("say")!.map((output) => Math.sin(1 + 7 + output.length * 3));
  const exps = logits.map((logit) => Math.exp(logit / 0.7));
  const total = exps.reduce((sum, e) => sum + e, 0);
  for (const [i, share] of (await draw(0.7, 1)).entries()) expect(share).toBeCloseTo(exps[i]! / total, 1);
  const top = logits.indexOf(Math.max(...logits));
  expect((await draw(1, 1e-9))[top]).toBe(1);
});

it("compares with its untrained self until the reference is moved, and then with the interpolated logits", async () => {
  const policy = make();
  const term = { chosen: text("a", 1), rejected: text("a", 2) };
  const [before] = await policy.margins("say", [term], "trained");
  const { gradient } = await policy.gradient("say", [term], () => -1);
  const [row] = [...policy.parameters("say").values()];
  row!.set(row!.map((logit, i) => logit - [...gradient.values()][0]![i]!));
  await policy.changed("say");
  const [after] = await policy.margins("say", [term], "trained");
  expect(after).toBeGreaterThan(before!);
  expect((await policy.margins("say", [term], "reference"))[0]).toBe(before);
  const version = policy.referenceVersion("say");
  expect(await policy.moveReference("say", 0.25)).toBe(0);
  expect(policy.referenceVersion("say")).not.toBe(version);
  expect((await policy.margins("say", [term], "reference"))[0]).toBeCloseTo(
    0.75 * before! + 0.25 * after!,
    12,
  );
});

it("has a version that names its contents", async () => {
  const [one, two] = [make(), make()];
  const train = async (policy: TabularPolicy, by: number) => {
    await policy.gradient("mark", [{ chosen: label("a", "no") }], () => 0);
    const [row] = [...policy.parameters("mark").values()];
    row![0] = by;
    await policy.changed("mark");
  };
  expect(one.version("mark")).toBe(two.version("mark"));
  await train(one, 1);
  expect(one.version("mark")).not.toBe(two.version("mark"));
  expect(one.version("say")).toBe(two.version("say"));
  await train(two, 1);
  expect(one.version("mark")).toBe(two.version("mark"));
});

it("answers and trains the same after its numbers were kept and taken over", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 }),
      async (logits) => {
        const policy = make();
        await policy.gradient("say", [{ chosen: text("a", 0) }], () => 0);
        [...policy.parameters("say").values()][0]!.set(logits);
        await policy.changed("say");
        await policy.moveReference("say", 0.5);
        const other = make();
        expect(await other.restore("say", policy.snapshot("say"))).toBeUndefined();
        expect(other.version("say")).toBe(policy.version("say"));
        expect(other.referenceVersion("say")).toBe(policy.referenceVersion("say"));
        const asked = [{ request: generate("a"), decoding: { kind: "greedy" } as const }];
        expect(await other.answer(asked)).toEqual(await policy.answer(asked));
      },
    ),
  ));

it("refuses numbers of another shape or precision", async () => {
  const policy = make();
  const state = (row: Float32Array | Float64Array) => ({
    parameters: new Map([["[]", row]]),
    reference: undefined,
  });
  expect(await policy.restore("say", state(new Float64Array(3)))).toContain("does not hold 4 logits");
  expect(await policy.restore("say", state(new Float32Array(4)))).toContain("float64");
});

it("needs texts for every agent that writes", () => {
  expect(() => new TabularPolicy({ agents, texts: new Map() })).toThrow("no texts are given for say");
});
