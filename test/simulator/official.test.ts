import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { evaluate, officialMetrics, readMusique, readPredictions } from "../../runtime/simulator/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { jsonl, rawRow } from "./rows.js";

/*
 * What MuSiQue's evaluate_v1.0.py printed for these rows, Python 3.11. Each is odd in a way of its own: punctuation that joins or
 * parts, articles, words that repeat, letters of other scripts, empty answers, repeated and missing support.
 */

const supporting = (...right: readonly number[]) =>
  Array.from({ length: 6 }, (_, idx) => {
    return { idx, title: "t", paragraph_text: "p", is_supporting: right.includes(idx) };
  });

interface Case {
  readonly answer: string;
  readonly aliases?: readonly string[];
  readonly none?: true;
  readonly predicted: string;
  readonly support: readonly number[];
  /** Answer F1, exact match, support F1. */
  readonly printed: readonly [number, number, number];
}

const cases: readonly Case[] = [
  {
    ...{ answer: "The New York Times", aliases: ["NYT"], predicted: "new york times!" },
    ...{ support: [5, 2], printed: [1, 1, 1] },
  },
  { answer: "July 4, 1776", predicted: "4 July", support: [2, 2, 5, 5], printed: [0.8, 0, 1] },
  { answer: "a", predicted: "the", support: [], printed: [1, 1, 0] },
  {
    ...{ answer: "U.S.A.", aliases: ["United States of America"], predicted: "the united states" },
    ...{ support: [2, 0, 1], printed: [0.667, 0, 0.4] },
  },
  { answer: "New York, New York", predicted: "new new new", support: [0], printed: [0.571, 0, 0] },
  { answer: "İstanbul", predicted: "istanbul", support: [2, 5, 0, 1, 3, 4], printed: [0, 0, 0.5] },
  { answer: "12,000", predicted: "12000", support: [2], printed: [1, 1, 0.667] },
  { answer: "Émile Zola", predicted: "Emile Zola", support: [5], printed: [0.5, 0, 0.667] },
  { answer: "", none: true, predicted: "", support: [], printed: [1, 1, 1] },
  { answer: "x\u00a0y", predicted: "x y", support: [2, 5], printed: [1, 1, 1] },
];

const goldOf = ({ answer, aliases = [], none }: Case, i: number, answerable = true) =>
  rawRow({
    ...{ id: `q${i}`, answer, answer_aliases: aliases, answerable, question_decomposition: [] },
    paragraphs: none === true ? supporting() : supporting(2, 5),
  });

const predictionOf = ({ predicted, support }: Case, i: number, answerable: boolean) => ({
  id: `q${i}`,
  predicted_answer: predicted,
  predicted_support_idxs: support,
  predicted_answerable: answerable,
});

const folder = temporaryFolder();

async function printed(gold: readonly unknown[], predictions: readonly unknown[]) {
  const [data, file] = ["gold.jsonl", "predictions.jsonl"].map((name) => join(folder, name));
  writeFileSync(data!, jsonl(...gold));
  writeFileSync(file!, jsonl(...predictions));
  return officialMetrics(evaluate(await readPredictions(file!), await readMusique(data!)));
}

it.each(cases.map((each, i) => [each.answer, each, i] as const))(
  "prints what the official evaluator does where %j is right",
  async (_, each, i) => {
    const [answer_f1, answer_em, support_f1] = each.printed;
    const metrics = await printed([goldOf(each, i)], [predictionOf(each, i, true)]);
    expect(metrics).toEqual({ answer_f1, answer_em, support_f1 });
  },
);

it("prints what it does of all of them", async () => {
  const metrics = await printed(
    cases.map((each, i) => goldOf(each, i)),
    cases.map((each, i) => predictionOf(each, i, true)),
  );
  expect(metrics).toEqual({ answer_f1: 0.754, answer_em: 0.5, support_f1: 0.623 });
});

it("prints what it does of pairs, in either order, some told apart wrongly, one with two rows that can be answered", async () => {
  // What is said of the answerable row and of its partner.
  const said = [
    [true, false],
    [true, true],
    [false, false],
    [false, true],
    ...Array(5).fill([true, false]),
    [true, true],
  ];
  const pairs = cases.map((each, i) => {
    const isLast = i === cases.length - 1;
    const gold = [goldOf(each, i), goldOf(each, i, isLast)];
    const other = {
      ...predictionOf(each, i, said[i][1]),
      predicted_answer: "zzz",
      predicted_support_idxs: [0],
    };
    const predictions = [predictionOf(each, i, said[i][0]), other];
    return i % 2 === 1 && !isLast
      ? { gold: gold.reverse(), predictions: predictions.reverse() }
      : { gold, predictions };
  });
  const metrics = await printed(
    pairs.flatMap(({ gold }) => gold),
    pairs.flatMap(({ predictions }) => predictions),
  );
  expect(metrics).toEqual({
    ...{ answer_f1: 0.685, answer_em: 0.455, support_f1: 0.567 },
    ...{ group_answer_sufficiency_f1: 0.407, group_support_sufficiency_f1: 0.383 },
  });
});
