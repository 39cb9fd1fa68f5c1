import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Arm, arms } from "../../flows/experiments/arms.js";
import { questionsToTell } from "../../flows/experiments/choose-questions.js";
import { type ToldQuestion, toldEpisode } from "../../flows/experiments/episodes.js";
import { root } from "../../flows/experiments/flowc.js";
import { type Finished, retell } from "../../flows/experiments/retell.js";
import { folderOf } from "../../flows/experiments/run-job.js";
import { type Columns, finished, type Summary, writeSummary } from "../../flows/experiments/summary.js";
import { inWords } from "../../flows/experiments/words.js";
import type { EpisodeLog } from "../../runtime/search/index.js";
import { readMusique } from "../../runtime/simulator/index.js";
import { jsonLines, runProgram, succeeded } from "../cli/support.js";
import { jsonl, rawRow } from "../simulator/rows.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { summaryOf } from "./support.js";

const PATIENCE = 600_000;

const armOf = (name: string): Arm => arms.find((arm) => arm.name === name)!;
const run = (name: string, columns: Columns): Summary => summaryOf(armOf(name), 0, columns);

it("tells the question that gained most, that which lost most, and one with an equal answer from other paragraphs", () => {
  const before = run("untrained", {
    answer_f1: [0, 0.5, 1, 1, 0, 1],
    support_f1: [0, 0, 1, 1, 0.5, 1],
  });
  const after = run("deviations", {
    answer_f1: [0.4, 0.5, 0, 0.5, 1, 1],
    support_f1: [1, 0.4, 1, 1, 0.5, 0.5],
  });
  expect(questionsToTell(before, after)).toEqual([
    { id: "2hop__4", kind: "better" },
    { id: "2hop__2", kind: "worse" },
    { id: "2hop__5", kind: "otherwise" },
  ]);
  expect(questionsToTell(before, before)).toEqual([]);
  const { evaluation } = after;
  const others = { ...after, evaluation: { ...evaluation, ids: evaluation.ids.map((id) => `x${id}`) } };
  expect(() => questionsToTell(before, others)).toThrow("different questions");
});

it("takes of equal ones that with the smallest hash, whatever their order", () => {
  // SHA-256: 32d8 for 2hop__4, 883f for 2hop__1, 8ad3 for 2hop__2.
  const better = (figures: readonly number[]) => {
    const zeros = figures.map(() => 0);
    return questionsToTell(
      run("untrained", { answer_f1: zeros, support_f1: zeros }),
      run("deviations", { answer_f1: figures, support_f1: zeros }),
    );
  };
  expect(better([1, 1, 1, 1, 1])).toEqual([{ id: "2hop__4", kind: "better" }]);
  expect(better([1, 1, 1, 1, 0])).toEqual([{ id: "2hop__1", kind: "better" }]);
});

it("goes by the figures of pairs in MuSiQue-Full", () => {
  const columns = { answer_f1: [0, 1, 1], support_f1: [0, 0, 0] };
  const before = run("full-untrained", { ...columns, group_answer_sufficiency_f1: [0, 0, 1] });
  const after = run("full-deviations", { ...columns, group_answer_sufficiency_f1: [0, 1, 1] });
  expect(questionsToTell(before, after)).toEqual([{ id: "2hop__1", kind: "better" }]);
});

const [left, right] = ["weak-untrained", "untrained"];

it(
  "plays them again as they were, and tells what each hop took, when it stopped and what it answered",
  async () => {
    const runs = temporaryFolder();
    const results = join(runs, "results");
    const program = join(root, "dist/flows/experiments/main.js");
    const args = ["--only", `${left},${right}`, "--seeds", "0", "--limit", "8", "--runs", runs];
    succeeded(await runProgram(process.execPath, [program, ...args]));
    const of = (name: string): Finished => {
      const job = { arm: armOf(name), seed: 0, limit: 8 };
      return { job, summary: finished(job, results)! };
    };
    const [before, after] = [of(left), of(right)];
    const said: string[] = [];
    const told = (await retell(before, after, runs, (text) => void said.push(text))) as ToldQuestion[];
    expect(said).toHaveLength(2);
    expect(told.map(({ id, kind }) => ({ id, kind }))).toEqual(
      questionsToTell(before.summary, after.summary),
    );
    expect(told.length).toBeGreaterThan(0);
    for (const [name, { job }] of [
      ["before", before],
      ["after", after],
    ] as const) {
      const text = readFileSync(join(folderOf(job, runs), "eval/predictions.jsonl"), "utf8");
      for (const { id, rows } of told) {
        const episode = rows[0]![name];
        const prediction = jsonLines<{
          id: string;
          predicted_answer: string;
          predicted_support_idxs: number[];
        }>(text).find((each) => each.id === id)!;
        expect(episode.answer).toBe(prediction.predicted_answer);
        expect(episode.hops.filter(({ title }) => title !== undefined)).toHaveLength(
          prediction.predicted_support_idxs.length,
        );
      }
    }
    // Other episodes than those that a summary counts are not told as if they were.
    const { evaluation } = before.summary;
    const columns = { ...evaluation.columns, support_f1: evaluation.columns.support_f1!.map((f1) => 1 - f1) };
    const other = { ...before, summary: { ...before.summary, evaluation: { ...evaluation, columns } } };
    await expect(retell(other, after, runs, () => {})).rejects.toThrow("its summary has another");
    const trained = { ...after, job: { ...after.job, arm: armOf("deviations") } };
    expect(await retell(before, trained, runs, () => {})).toMatch(/adapters is missing/);
    // A summary holds them, and is that of its run as before.
    writeSummary({ ...after.summary, told }, results);
    expect(of(right).summary.told).toMatchObject(
      told.map(({ id, kind, question }) => ({ id, kind, question })),
    );
  },
  PATIENCE,
);

it("is the queue's last step, once for each pair of runs", async () => {
  const runs = temporaryFolder();
  const same: Columns = { answer_f1: [0, 1], support_f1: [1, 0.5] };
  for (const name of ["untrained", "deviations"]) writeSummary(run(name, same), runs);
  const program = join(root, "dist/flows/experiments/main.js");
  const args = [
    ...["--only", "untrained,deviations", "--seeds", "0"],
    ...["--runs", runs, "--results", runs],
  ];
  const queue = () => runProgram(process.execPath, [program, ...args]);
  const adapters = join(folderOf({ arm: armOf("deviations"), seed: 0 }, runs), "train/adapters");
  const { stderr } = succeeded(await queue());
  expect(stderr).toBe(
    `experiments: deviations-0 cannot be told: ${adapters} is missing, with which it would be played again\n`,
  );
  mkdirSync(adapters, { recursive: true });
  // They differ nowhere, so that nothing has to be played.
  expect(succeeded(await queue()).stdout).toMatch(/^deviations-0, told: .*deviations-0\.json\n$/);
  expect(succeeded(await queue())).toMatchObject({ stdout: "", stderr: "" });
});

it("tells of MuSiQue-Full what ended the collecting and what was said of it in the end", async () => {
  const data = join(temporaryFolder(), "data.jsonl");
  writeFileSync(data, jsonl(rawRow()));
  const [row] = await readMusique(data);
  const step = (agent: string, reply: object) => ({ kind: "choice", requests: [{ agent }], reply });
  const steps = [
    step("query", { kind: "text", text: "country of Oslo" }),
    step("relevant", { kind: "pick", candidate: 0 }),
    step("enough", { kind: "label", label: "yes" }),
    step("sufficient", { kind: "label", label: "no" }),
  ] as unknown as EpisodeLog["steps"];
  expect(toldEpisode({ steps, result: { answer: "", support: [], answerable: false } }, row!, {})).toEqual({
    hops: [
      {
        ...{ query: "country of Oslo", title: "Oslo", body: "a city that lies in Norway" },
        ...{ isSupporting: true, isEnough: true },
      },
    ],
    ...{ isSufficient: false, answer: "", answerable: false, metrics: {} },
  });
});

const metrics = (answer_f1: number, support_f1: number) => ({ answer_f1, support_f1 });

it("puts them into words in which nothing of a model is Markdown", () => {
  const question: ToldQuestion = {
    id: "2hop__1",
    kind: "better",
    question: "What is the <b>currency</b> of *Oslo*?",
    rows: [
      {
        ...{ answerable: true, answers: ["NOK", "krone"], support: ["Oslo", "Norway"] },
        before: {
          hops: [
            {
              query: "x ".repeat(300),
              title: "Lima",
              body: "its country is Peru",
              isSupporting: false,
              isEnough: true,
            },
          ],
          ...{ draft: "a | b\n\n# c", answer: "[PEN](x)", answerable: true, metrics: metrics(0, 0.5) },
        },
        after: {
          hops: [
            {
              query: "country of Oslo",
              title: "Oslo",
              body: "a city in Norway",
              isSupporting: true,
              isEnough: false,
            },
            { query: "currency", title: "Norway", body: "its currency is NOK", isSupporting: true },
          ],
          ...{ draft: "NOK", answer: "NOK", answerable: true, metrics: metrics(1, 1) },
        },
      },
      {
        ...{ answerable: false, answers: ["NOK"], support: ["Oslo"] },
        before: { hops: [{ query: "y" }], isSufficient: false, answer: "", answerable: false, metrics: {} },
        after: { hops: [], isSufficient: true, draft: "", answer: "NOK", answerable: true, metrics: {} },
      },
    ],
  };
  expect(inWords([question])).toMatchInlineSnapshot(`
    "#### Gained most: What is the \\<b\\>currency\\</b\\> of \\*Oslo\\*?

    \`2hop__1\`, of which there are two rows. Right is "NOK", by "Oslo" and "Norway".
    - *Before:* Asked "x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x … (479 more characters)" and took "Lima: its country is Peru", which is not needed; that was held to be enough. Noted "a \\| b \\# c". Answered "\\[PEN\\](x)": answer F1 0.000, support F1 0.500.
    - *After:* Asked "country of Oslo" and took "Oslo: a city in Norway", which is needed; not enough yet. Asked "currency" and took "Norway: its currency is NOK", which is needed. Noted "NOK". Answered "NOK": answer F1 1.000, support F1 1.000.

    With this row's paragraphs it cannot be answered: right is to decline.
    - *Before:* Asked "y", with no paragraph left. In the end the paragraphs were held not to suffice. Declined: right.
    - *After:* In the end the paragraphs were held to suffice. Noted "". Answered "NOK": wrong."
  `);
});
