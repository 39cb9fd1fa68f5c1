import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { arms } from "../../flows/experiments/arms.js";
import { comparisons } from "../../flows/experiments/comparisons.js";
import type { ToldQuestion } from "../../flows/experiments/episodes.js";
import { root } from "../../flows/experiments/flowc.js";
import { jobsOf } from "../../flows/experiments/jobs.js";
import { drawCurves } from "../../flows/experiments/plot.js";
import { reportOf } from "../../flows/experiments/report.js";
import type { Columns, Summary } from "../../flows/experiments/summary.js";
import { finished, readSummaries, writeSummary } from "../../flows/experiments/summary.js";
import { tunedRates } from "../../flows/experiments/tuned-rates.js";
import { writeReport } from "../../flows/experiments/write-report.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { summaryOf } from "./support.js";

const chosen = arms.filter(({ name }) =>
  ["untrained", "deviations", "episode-credit", "supervised", "full-untrained", "full-deviations"].includes(
    name,
  ),
);
const family = comparisons.filter(({ terms }) =>
  Object.keys(terms).every((name) => chosen.some((arm) => arm.name === name)),
);

/** Every third question is answered right, and of the others so many more. */
function figures(better: number): Columns {
  const answers = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 || i % 10 < better ? 1 : 0));
  return { answer_f1: answers, answer_em: answers, support_f1: answers.map((f1) => 0.5 + f1 / 2) };
}

const armOf = (name: string) => arms.find((arm) => arm.name === name)!;
const curve = [0, 1, 2].map((i) => ({ tokens: 2e6 * i, episodes: 40 * i, reward: 1 + i / 10, metrics: {} }));

const hop = { query: "country of Oslo", title: "Oslo", body: "a city in Norway", isSupporting: true };
const told: readonly ToldQuestion[] = [
  {
    ...{ id: "2hop__7", kind: "better", question: "What is the currency of the country of Oslo?" },
    rows: [
      {
        ...{ answerable: true, answers: ["NOK"], support: ["Oslo", "Norway"] },
        before: {
          hops: [{ ...hop, isEnough: true }],
          ...{ draft: "Norway", answer: "Norway", answerable: true },
          metrics: { answer_f1: 0, support_f1: 2 / 3 },
        },
        after: {
          hops: [
            { ...hop, isEnough: false },
            {
              ...{ query: "currency of Norway", title: "Norway", body: "its currency is NOK" },
              ...{ isSupporting: true, isEnough: true },
            },
          ],
          ...{ draft: "the currency of Norway is NOK", answer: "NOK", answerable: true },
          metrics: { answer_f1: 1, support_f1: 1 },
        },
      },
    ],
  },
];

function summaries(): readonly Summary[] {
  const grouped = (better: number): Columns => {
    const { answer_f1: f1 = [], ...rest } = figures(better);
    return { answer_f1: f1, ...rest, group_answer_sufficiency_f1: f1.map((one) => one / 2) };
  };
  const alone = { enough: figures(2), relevant: figures(0) };
  return [
    summaryOf(armOf("untrained"), 0, figures(0)),
    ...[0, 1, 2].map((seed) =>
      summaryOf(armOf("deviations"), seed, figures(4 + seed), { curve, alone, told: seed === 0 ? told : [] }),
    ),
    ...[0, 1].map((seed) => summaryOf(armOf("episode-credit"), seed, figures(2 + seed), { curve })),
    summaryOf(armOf("full-untrained"), 0, grouped(0)),
    summaryOf(armOf("full-deviations"), 0, grouped(5)),
  ];
}

it("makes tables and figures of what is finished, and says what is missing", async () => {
  const { text, results, plots } = reportOf(chosen, family, summaries());
  await expect(`${text}\n`).toMatchFileSnapshot("golden/report.md");
  await expect(`${JSON.stringify(results, null, 2)}\n`).toMatchFileSnapshot("golden/results.txt");
  await expect(plots.get("experiments-answerable.svg")).toMatchFileSnapshot("golden/curves.svg");
  await expect(plots.get("experiments-claims.svg")).toMatchFileSnapshot("golden/claims.svg");
  expect([...plots.keys()]).toEqual(
    ["answerable", "alone-deviations", "claims"].map((name) => `experiments-${name}.svg`),
  );
  // Each stands on the page.
  for (const name of plots.keys()) expect(text).toContain(`](images/${name})`);
});

it("draws smaller budgets beside one another, each against the one that they are compared with", () => {
  const names = ["untrained", "deviations", "half-budget", "no-gate", "weak-deviations"];
  const drawn = arms.filter(({ name }) => names.includes(name));
  const trained = drawn.filter(({ settings }) => settings !== null);
  const { plots, text } = reportOf(
    drawn,
    [],
    trained.map((arm) => summaryOf(arm, 0, figures(3), { curve })),
  );
  expect([...plots.keys()]).toEqual(["experiments-answerable.svg", "experiments-half-budget.svg"]);
  const panels = plots.get("experiments-half-budget.svg")!;
  expect(panels.match(/class="head"[^>]*>[^<]*/g)!.map((head) => head.split(">")[1])).toEqual([
    ...["half-budget", "no-gate", "weak-deviations"],
  ]);
  // Another base is no comparison.
  expect(panels.match(/class="other"/g)).toHaveLength(1);
  expect(text).toContain("dashed is half-budget](images/experiments-half-budget.svg)");
});

it("draws the mean of an arm's runs as far as all of them go, between their points too", () => {
  const runs = [
    [
      [0, 0],
      [10, 1],
      [20, 1],
    ],
    [
      [0, 0],
      [5, 1],
      [15, 1],
    ],
  ] as const;
  const svg = drawCurves("label", "tokens", [{ name: "arm", runs }]);
  const points = /class="curve c0" points="([^"]*)"/.exec(svg)![1]!.split(" ");
  const [x, y] = [0, 1].map((axis) => points.map((point) => Number(point.split(",")[axis])));
  const scaled = (all: readonly number[], end: number) =>
    all.map((each) => ((each - all[0]!) / (all.at(-1)! - all[0]!)) * end);
  expect(scaled(x!, 15).map(Math.round)).toEqual([0, 5, 10, 15]);
  for (const [i, mean] of [0, 0.75, 1, 1].entries()) expect(scaled(y!, 1)[i]).toBeCloseTo(mean, 2);
});

it("has all arms and all claims missing where nothing is finished", () => {
  const { text, results, plots } = reportOf(arms, comparisons, []);
  expect(results.arms.map(({ name }) => name)).toEqual(arms.map(({ name }) => name));
  expect(
    results.arms.every((arm) => arm.answer_f1 === null && arm.ci === null && arm.seeds.length === 0),
  ).toBe(true);
  expect(results.differences.every(({ holds }) => holds === null)).toBe(true);
  expect(text.match(/\| missing \|/g)).toHaveLength(arms.length + comparisons.length);
  expect(plots.size).toBe(0);
});

it("claims nothing of arms that there are not", () => {
  const names = new Set(arms.map(({ name }) => name));
  for (const { terms } of comparisons)
    expect(Object.keys(terms).filter((name) => !names.has(name))).toEqual([]);
});

it("writes between the marks of a page and leaves the rest of it", () => {
  const folder = temporaryFolder();
  const page = join(folder, "results.md");
  const report = reportOf(chosen, family, summaries());
  writeReport(report, folder);
  const begun = readFileSync(page, "utf8");
  writeFileSync(
    page,
    begun.replace("# Experiments\n", "# Experiments\n\nA word of ours.\n") + "\nAnother.\n",
  );
  writeReport(reportOf(chosen, family, []), folder);
  const text = readFileSync(page, "utf8");
  expect(text).toContain("A word of ours.");
  expect(text.trimEnd().endsWith("Another.")).toBe(true);
  expect(text.match(/### Answerable/g)).toHaveLength(1);
  writeFileSync(page, "no marks");
  expect(() => writeReport(report, folder)).toThrow(/lacks the lines/);
});

it("has written the page and the figures in docs/ from the summaries that stand in the repository", () => {
  const results = join(root, "flows/experiments/results");
  const jobs = jobsOf(arms, {});
  if (typeof jobs === "string") throw new Error(jobs);
  const folder = temporaryFolder();
  const read = (of: string, name: string) => readFileSync(join(of, name), "utf8");
  writeFileSync(join(folder, "results.md"), read(join(root, "docs"), "results.md"));
  const done = jobs.flatMap((job) => finished(job, results) ?? []);
  for (const path of writeReport(reportOf(arms, comparisons, done, [tunedRates(results)]), folder)) {
    const name = relative(folder, path);
    expect(
      read(folder, name) === read(join(root, "docs"), name),
      `${name}: npm run experiments -- --report`,
    ).toBe(true);
  }
});

it("takes a summary for that of its run alone", () => {
  const folder = temporaryFolder();
  const [summary] = summaries();
  const path = writeSummary(summary!, folder);
  expect(readFileSync(path, "utf8").split("\n").length).toBeLessThan(20);
  expect(readSummaries(folder)).toEqual([summary]);
  const job = { arm: armOf("untrained"), seed: 0 };
  expect(finished(job, folder)).toEqual(summary);
  expect(finished({ ...job, limit: 2 }, folder)).toBeUndefined();
  expect(finished({ ...job, seed: 1 }, folder)).toBeUndefined();
});
