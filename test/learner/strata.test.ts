import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Curriculum } from "../../runtime/learner/curriculum.js";
import { countStrata, quotasOf, type Strata } from "../../runtime/learner/index.js";
import { apportion } from "../../runtime/learner/strata.js";
import { MusiqueSimulator } from "../../runtime/simulator/index.js";

/** Tasks of two kinds and one of none, as their ids say. */
const tasks = [
  ...Array.from({ length: 10 }, (_, i) => `2hop ${i}`),
  ...Array.from({ length: 6 }, (_, i) => `3hop ${i}`),
  "single",
].map((id) => ({ id, input: null }));
const kinds = { tasks, stratum: ({ id }: { id: string }) => /^\dhop/.exec(id)?.[0] };
const counts = countStrata(kinds);
const quotas = (strata: Strata, heldOut?: ReadonlyMap<string, number>) => {
  const found = quotasOf(strata, counts, heldOut);
  return found instanceof Map ? Object.fromEntries(found) : found;
};

describe("the proportions of kinds", () => {
  it("are counted, with a name for tasks of no kind", () => {
    expect([...counts]).toEqual([
      ["2hop", 10],
      ["3hop", 6],
      ["other", 1],
    ]);
  });

  it.each<[string, Strata, object | undefined]>([
    ["all there are", "all", undefined],
    ["as many of each", "even", { "2hop": 1, "3hop": 1, other: 1 }],
    ["so many of some", { "2hop": 1, "3hop": 1 }, { "2hop": 6, "3hop": 6 }],
    ["so many of some, none of others", { "2hop": 0.75, "3hop": 0.25, other: 0 }, { "2hop": 10, "3hop": 3 }],
    ["any numbers", { "2hop": 50, "3hop": 30 }, { "2hop": 10, "3hop": 6 }],
  ])("may be %s", (_, strata, expected) => {
    expect(quotas(strata)).toEqual(expected);
  });

  it("may be those of the held-out tasks", () => {
    expect(
      quotas(
        "held-out",
        new Map([
          ["2hop", 300],
          ["3hop", 300],
        ]),
      ),
    ).toEqual({ "2hop": 6, "3hop": 6 });
  });

  it("are refused where there is nothing to fill them with", () => {
    expect(quotas({ "2hop": 1, "5hop": 1 })).toBe(
      'there are no tasks of the stratum "5hop"; there are 2hop, 3hop, other',
    );
    expect(quotas({ "2hop": 0 })).toBe("one of the strata's weights must be above 0");
    expect(quotas("held-out")).toBe("there are no held-out tasks to match");
  });

  it("are met to within one task, whatever is shared out", () => {
    const weights = fc.dictionary(
      fc.string({ maxLength: 3 }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      {
        minKeys: 1,
      },
    );
    fc.assert(
      fc.property(fc.nat(1000), weights, (total, given) => {
        const all = new Map(Object.entries(given));
        const sum = [...all.values()].reduce((a, b) => a + b, 0);
        const shares = apportion(total, all);
        expect([...shares.values()].reduce((a, b) => a + b, 0)).toBe(total);
        for (const [name, share] of shares)
          expect(Math.abs(share - (total * all.get(name)!) / sum)).toBeLessThan(1 + 1e-9);
      }),
    );
  });

  it("never ask for more tasks of a kind than there are", () => {
    const weight = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.record({ "2hop": weight, "3hop": weight, other: weight }), (strata) => {
        const found = quotasOf(strata, counts, undefined);
        if (!(found instanceof Map)) return;
        for (const [name, quota] of found) expect(quota).toBeLessThanOrEqual(counts.get(name)!);
      }),
    );
  });
});

describe("the order of tasks with quotas", () => {
  const quota = new Map([
    ["2hop", 3],
    ["3hop", 2],
  ]);
  const ids = (seed: number, from: number, to: number) =>
    new Curriculum(kinds, seed, quota).plays(from, to).map(({ task, epoch }) => `${epoch}:${task.id}`);

  it("fills them in every epoch, with other tasks each", () => {
    const epochs = Array.from({ length: 12 }, (_, epoch) => ids(1, 5 * epoch, 5 * epoch + 5));
    for (const [epoch, all] of epochs.entries()) {
      expect(all.filter((id) => id.startsWith(`${epoch}:2hop`))).toHaveLength(3);
      expect(all.filter((id) => id.startsWith(`${epoch}:3hop`))).toHaveLength(2);
      expect(new Set(all).size).toBe(5);
    }
    const played = new Set(epochs.flat().map((id) => id.slice(id.indexOf(":") + 1)));
    expect(played.size).toBe(16);
  });

  it("is a function of the seed and the episode alone", () => {
    expect([...ids(1, 17, 30), ...ids(1, 3, 17)]).toEqual([...ids(1, 3, 30).slice(14), ...ids(1, 3, 17)]);
    expect(ids(2, 0, 30)).not.toEqual(ids(1, 0, 30));
  });
});

it("is told of MuSiQue's questions by their ids, or by their decomposition", () => {
  const step = { question: "q", answer: "a", support: null };
  const row = (id: string, hops: number) => ({
    id,
    line: 1,
    question: "q",
    paragraphs: [{ idx: 0, title: "t", body: "b", isSupporting: true }],
    answer: "a",
    aliases: [],
    answerable: true,
    decomposition: Array.from({ length: hops }, () => step),
  });
  const rows = [row("3hop1__7_8_9", 0), row("4hop2__1", 1), row("x", 2), row("y", 0)];
  const simulator = new MusiqueSimulator(rows);
  expect(simulator.tasks.map((task) => simulator.stratum(task))).toEqual(["3hop", "4hop", "2hop", undefined]);
});
