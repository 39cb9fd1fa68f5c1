import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  evaluate,
  formatPredictions,
  type MusiqueRow,
  officialMetrics,
  officialRound,
  type Prediction,
  predictionOf,
  readMusique,
  readPredictions,
} from "../../runtime/simulator/index.js";
import { jsonl, rawRow } from "./rows.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "flowc-evaluate-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const rowsOf = (...rows: readonly unknown[]): Promise<readonly MusiqueRow[]> =>
  readMusique(file("gold", jsonl(...rows)));

function prediction(fields: Partial<Prediction> = {}): Prediction {
  return { id: "2hop__1_2", answer: "NOK", support: [0, 2], answerable: true, ...fields };
}

describe("evaluate", () => {
  it("gives means over the answerable rows under the official names", async () => {
    const rows = await rowsOf(rawRow(), rawRow({ id: "b" }), rawRow({ id: "c" }));
    const metrics = evaluate(
      [
        prediction(),
        prediction({ id: "b", answer: "Swedish krone", support: [0] }),
        prediction({ id: "c", answer: "", support: [] }),
      ],
      rows,
    );
    expect(officialMetrics(metrics)).toEqual({ answer_f1: 0.5, answer_em: 0.333, support_f1: 0.556 });
  });

  it("does not look at answerability where every row is answerable", async () => {
    const metrics = evaluate([prediction({ answerable: false })], await rowsOf(rawRow()));
    expect(metrics).toEqual({ answer_f1: 1, answer_em: 1, support_f1: 1 });
  });

  it("credits a pair of MuSiQue-Full only where both rows' answerability is right", async () => {
    const pair = (id: string) => [rawRow({ id }), rawRow({ id, answerable: false })];
    // Of "b" the unanswerable row stands first.
    const rows = await rowsOf(...pair("a"), ...pair("b").reverse(), ...pair("c"));
    const metrics = evaluate(
      [
        prediction({ id: "a", answer: "krone", support: [0, 2] }),
        prediction({ id: "a", answer: "ignored", answerable: false }),
        prediction({ id: "b", answerable: false, answer: "ignored" }),
        prediction({ id: "b", answer: "NOK", support: [0] }),
        prediction({ id: "c" }),
        prediction({ id: "c" }),
      ],
      rows,
    );
    expect(metrics.answer_f1).toBeCloseTo((2 / 3 + 1 + 1) / 3, 12);
    expect(metrics.support_f1).toBeCloseTo((1 + 2 / 3 + 1) / 3, 12);
    expect(metrics.group_answer_sufficiency_f1).toBeCloseTo((2 / 3 + 1) / 3, 12);
    expect(metrics.group_support_sufficiency_f1).toBeCloseTo((1 + 2 / 3) / 3, 12);
  });

  it("demands two rows a question, one of them answerable, in MuSiQue-Full", async () => {
    const lone = await rowsOf(rawRow({ answerable: false }));
    expect(() => evaluate([prediction()], lone)).toThrow(/has 1 row/);
    const both = await rowsOf(rawRow({ answerable: false }), rawRow({ answerable: false }));
    expect(() => evaluate([prediction(), prediction()], both)).toThrow(/at least one of them answerable/);
  });

  it("names ids that are missing, unknown, repeated or out of order", async () => {
    const rows = await rowsOf(rawRow({ id: "a" }), rawRow({ id: "b" }));
    const of = (...ids: string[]) => ids.map((id) => prediction({ id }));
    expect(() => evaluate(of("a"), rows)).toThrow(/no prediction for "b"/);
    expect(() => evaluate(of("a", "b", "c"), rows)).toThrow(/unknown questions "c"/);
    expect(() => evaluate(of("a", "b", "b"), rows)).toThrow(/too many predictions for "b"/);
    expect(() => evaluate(of("b", "a"), rows)).toThrow(/row 1 is for "b" where the data has "a"; the order/);
    expect(() => evaluate(of("a", "x"), rows)).toThrow(
      /no prediction for "b"; predictions for unknown questions "x"/,
    );
  });
});

describe("officialRound", () => {
  it("rounds as Python does: exact binary value, ties to even", () => {
    const cases = [
      [0.0625, 0.062],
      [0.1875, 0.188],
      [0.9375, 0.938],
      [0.0005, 0.001],
      [0.0015, 0.002],
      [0.0025, 0.003],
      [0.4445, 0.445],
      [2 / 3, 0.667],
      [1, 1],
      [0, 0],
    ] as const;
    for (const [value, rounded] of cases) expect(officialRound(value)).toBe(rounded);
  });
});

describe("prediction files", () => {
  it("come back as they were written, in order", async () => {
    const rows = await rowsOf(rawRow(), rawRow({ id: "b" }));
    const predictions = [
      predictionOf(rows[0]!, { answer: "NOK", support: [2, 0] }),
      predictionOf(rows[1]!, { answer: "", support: [], answerable: "no" }),
    ];
    const text = formatPredictions(predictions);
    expect(text.split("\n")[0]).toBe(
      '{"id":"2hop__1_2","predicted_answer":"NOK","predicted_support_idxs":[2,0],"predicted_answerable":true}',
    );
    expect(await readPredictions(file("predictions", text))).toEqual(predictions);
    expect(predictions[1]?.answerable).toBe(false);
  });

  it("name line and field of what is wrong", async () => {
    const good = { id: "a", predicted_answer: "x", predicted_support_idxs: [0], predicted_answerable: true };
    const fails = async (row: unknown, message: string) =>
      expect(readPredictions(file("predictions", jsonl(good, row)))).rejects.toThrow(message);
    await fails({ ...good, predicted_answer: null }, ':2: "predicted_answer": expected a text');
    await fails(
      { ...good, predicted_support_idxs: ["x"] },
      '"predicted_support_idxs[0]": expected a whole number',
    );
    await fails({ ...good, predicted_answerable: "yes" }, '"predicted_answerable": expected true or false');
    await fails({ id: "a" }, 'the field "predicted_answerable" is missing');
    await expect(readPredictions(file("predictions", ""))).rejects.toMatchObject({ code: "empty" });
  });

  it("take numbers and flags as Python's int and == do", async () => {
    const text = jsonl({
      id: "a",
      predicted_answer: "x",
      predicted_support_idxs: ["2", 1.9, true],
      predicted_answerable: 0,
    });
    const [read] = await readPredictions(file("predictions", text));
    expect(read).toMatchObject({ support: [2, 1, 1], answerable: false });
  });
});
