import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MusiqueRow, MusiqueSimulator, readMusique } from "../../runtime/simulator/index.js";
import { jsonl, rawRow } from "./rows.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "flowc-simulator-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function rowsOf(...rows: readonly unknown[]): Promise<readonly MusiqueRow[]> {
  const path = join(folder, "data");
  writeFileSync(path, jsonl(...rows));
  return readMusique(path);
}

describe("MusiqueSimulator", () => {
  it("gives the flow's input: the question and its paragraphs, without what would give it away", async () => {
    const simulator = new MusiqueSimulator(await rowsOf(rawRow()));
    expect(simulator.tasks).toEqual([
      {
        id: "2hop__1_2",
        input: {
          question: "What is the currency of the country of Oslo?",
          paragraphs: [
            { idx: 0, title: "Oslo", body: "a city that lies in Norway" },
            { idx: 1, title: "Lima", body: "a city that lies in Peru" },
            { idx: 2, title: "Norway", body: "its currency is NOK" },
            { idx: 3, title: "Peru", body: "its currency is PEN" },
          ],
        },
      },
    ]);
  });

  it("rewards the declared mix", async () => {
    const rows = await rowsOf(rawRow());
    const result = { answer: "krone", support: [0] };
    const byDefault = new MusiqueSimulator(rows);
    const [task] = byDefault.tasks;
    const judgement = byDefault.judge(task!, result);
    expect(judgement.reward).toBeCloseTo((0.8 * 2) / 3 + (0.2 * 2) / 3, 12);
    expect(judgement.metrics).toEqual({ answer_f1: 2 / 3, answer_em: 0, support_f1: 2 / 3, sufficiency: 1 });
    const exact = new MusiqueSimulator(rows, { answer_f1: 0, answer_em: 1, support_f1: 0 });
    expect(exact.judge(task!, result).reward).toBe(0);
    expect(exact.judge(task!, { answer: "nok", support: [] }).reward).toBe(1);
  });

  it("pays an unanswerable question for declining it, and an answerable one only where it is not declined", async () => {
    const simulator = new MusiqueSimulator(await rowsOf(rawRow(), rawRow({ answerable: false })));
    const [answerable, unanswerable] = simulator.tasks;
    expect(unanswerable?.id).toBe("2hop__1_2/unanswerable");
    const declined = { answer: "NOK", support: [0, 2], answerable: false };
    const answered = { answer: "NOK", support: [0, 2] };
    expect(simulator.judge(answerable!, answered).reward).toBe(1);
    expect(simulator.judge(answerable!, declined).reward).toBe(0);
    expect(simulator.judge(unanswerable!, declined)).toEqual({ reward: 1, metrics: { sufficiency: 1 } });
    expect(simulator.judge(unanswerable!, answered)).toEqual({ reward: 0, metrics: { sufficiency: 0 } });
  });

  it("takes the cost of a hop for each paragraph that a result names, whatever the rest earns", async () => {
    const rows = await rowsOf(rawRow(), rawRow({ answerable: false }));
    const weights = { answer_f1: 1, answer_em: 0, support_f1: 0, hop_cost: 0.05 };
    const simulator = new MusiqueSimulator(rows, weights);
    const [answerable, unanswerable] = simulator.tasks;
    const rewardOf = (answer: string, support: readonly number[], task = answerable!) =>
      simulator.judge(task, { answer, support: [...support] }).reward;
    expect(rewardOf("NOK", [0, 2])).toBeCloseTo(0.9, 12);
    expect(rewardOf("NOK", [0, 0])).toBeCloseTo(0.95, 12);
    expect(rewardOf("PEN", [0, 1, 2])).toBeCloseTo(-0.15, 12);
    expect(rewardOf("NOK", [0], unanswerable!)).toBeCloseTo(-0.05, 12);
    expect(() => new MusiqueSimulator(rows, { ...weights, hop_cost: -1 })).toThrow(/cost of a hop/);
  });

  it("says what is wrong with a result that is no answer", async () => {
    const simulator = new MusiqueSimulator(await rowsOf(rawRow()));
    const [task] = simulator.tasks;
    expect(() => simulator.judge(task!, "NOK")).toThrow(/no record; a flow over MuSiQue questions returns/);
    expect(() => simulator.judge(task!, { support: [] })).toThrow(/no text `answer`/);
    expect(() => simulator.judge(task!, { answer: "x", support: ["0"] })).toThrow(/`support`/);
    expect(() => simulator.judge(task!, { answer: "x", support: [], answerable: 1 })).toThrow(/neither true/);
  });

  it("refuses two rows that are one task, and weights that reward nothing", async () => {
    const twice = await rowsOf(rawRow(), rawRow());
    expect(() => new MusiqueSimulator(twice, undefined, "some.jsonl")).toThrow(
      /^some.jsonl:2: the question "2hop__1_2" stands in line 1 already/,
    );
    const rows = await rowsOf(rawRow());
    for (const answer_f1 of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new MusiqueSimulator(rows, { answer_f1, answer_em: 0, support_f1: 0 })).toThrow(
        /reward weights/,
      );
    }
  });
});
