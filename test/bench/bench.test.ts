import { describe, expect, it } from "vitest";
import { readConfig } from "../../runtime/policy/checkpoint.js";
import { parameterCount, weightShapes } from "../../runtime/policy/model/names.js";
import { MusiqueSimulator, readMusique } from "../../runtime/simulator/index.js";
import { bench, itemNames, selected, table } from "./bench.js";
import { costOf, leastSeconds } from "./figures/limits.js";
import { deviationCalls } from "./items/calls.js";
import { figureOf, median } from "./measure.js";
import { flowFile, monitorFile, weak } from "./places.js";
import { openFlow } from "./questions.js";
import { ScriptedPolicy } from "./scripted-policy.js";

describe("the benchmark", () => {
  it("measures an item quickly and reports figures with their targets", async () => {
    const notes: string[] = [];
    const measurements = await bench(selected("machine"), { quick: true, note: (text) => notes.push(text) });
    const figures = measurements.map(figureOf);
    expect(figures.map(({ name }) => name)).toEqual([
      "machine/steps/dependent-labels",
      "machine/steps/musique-answerable",
      "machine/forks/musique-answerable",
    ]);
    for (const figure of figures) {
      expect(Object.keys(figure)).toEqual(["name", "value", "unit", "target", "met"]);
      expect(figure.value).toBeGreaterThan(0);
      expect(figure.met === null).toBe(figure.target === null);
    }
    expect(notes).toHaveLength(figures.length);
    expect(table(measurements).split("\n")).toHaveLength(figures.length + 2);
  });

  it("steps through one flow as flowc, XState and LangGraph.js have it, and promises something of flowc alone", async () => {
    const measurements = await bench(selected("eight-fields"), { quick: true, note: () => {} });
    const figures = measurements.map(figureOf);
    expect(figures.map(({ name, unit, target }) => [name, unit, target])).toEqual([
      ["eight-fields/flowc", "steps/s", 1e6],
      ["eight-fields/xstate-transition", "steps/s", null],
      ["eight-fields/langgraph-step", "steps/s", null],
    ]);
    for (const { value } of figures) expect(value).toBeGreaterThan(0);
  });

  it("checks and lays out long files without mistakes", async () => {
    for (const item of ["check", "format"]) {
      for (const figure of (await bench(selected(item), { quick: true, note: () => {} })).map(figureOf)) {
        expect(figure.value).toBeGreaterThan(0);
      }
    }
  });

  it("selects items by name or by what stands before the slash", () => {
    expect(selected(undefined).map(({ name }) => name)).toEqual(itemNames());
    expect(selected("reference").map(({ name }) => name)).toEqual([
      "reference/score",
      "reference/decode",
      "reference/pair",
    ]);
    expect(selected("check").map(({ name }) => name)).toEqual(["check"]);
    expect(selected("chec")).toEqual([]);
  });

  it("counts the same calls from the start, whether any are spared or none", async () => {
    const simulator = new MusiqueSimulator(await readMusique(monitorFile, { limit: 3 }));
    const options = { flow: await openFlow(flowFile), simulator, policy: new ScriptedPolicy() };
    const spared = await deviationCalls(options);
    // Every call that is left is a prompt that nobody has asked before.
    expect(spared.repeated).toBe(0);
    const greedy = [...spared.byAgent.values()].reduce((sum, count) => sum + count, 0);
    expect(spared.draws + greedy).toBe(spared.made);
    const plain = await deviationCalls(options, false);
    expect(spared.fromStart).toBe(plain.fromStart);
    expect(spared.withoutMemo).toBe(plain.made);
    expect(spared.made).toBeLessThan(plain.made);
  });

  it("counts a multiplication and an addition for every weight that a token meets, and four bytes for each", () => {
    const config = readConfig(weak);
    const norms = [...weightShapes(config)].flatMap(([name, [size]]) => (name.includes("norm") ? size! : []));
    // The head of this model is its embedding.
    const weights = parameterCount(config) - norms.reduce((sum, size) => sum + size, 0);
    const token = { passes: 1, rows: 1, contexts: 0, logits: 1 };
    expect(costOf(config, token)).toEqual({ operations: 2 * weights, bytes: 4 * weights });
    const machine = { operations: 1e9, bandwidth: 1e8 };
    expect(leastSeconds(config, [token, { ...token, passes: 3 }], machine)).toBeCloseTo((16 * weights) / 1e8);
    const many = { passes: 1, rows: 1000, contexts: 0, logits: 1000 };
    expect(leastSeconds(config, [many], machine)).toBeCloseTo((2000 * weights) / 1e9);
  });

  it("takes the median, and a target by its direction", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    const time = { name: "time", unit: "ms", values: [12345.6] };
    expect(figureOf(time)).toEqual({ name: "time", value: 12350, unit: "ms", target: null, met: null });
    expect(figureOf({ ...time, target: { value: 10, better: "lower" } }).met).toBe(false);
    expect(figureOf({ ...time, target: { value: 10, better: "higher" } }).met).toBe(true);
  });
});
