import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { LanguageModelLearner, parseSettings } from "../../runtime/learner/index.js";
import { writeAdapter } from "../../runtime/policy/adapter/peft.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { contentsOf, jsonLines, monitor, musique, root, rowsOf, run, succeeded, weak } from "./support.js";

/** Milliseconds that several processes may take on a machine with other work. */
const PATIENCE = 120_000;

const QUESTIONS = 3;

const folder = temporaryFolder();
const before = join(folder, "before");
const plain = join(folder, "questions.jsonl");
const asked = ["--data", plain, "--model", weak, "--workers", "0"];

let first: Record<string, unknown>;

beforeAll(async () => {
  writeFileSync(plain, `${rowsOf(monitor, QUESTIONS).join("\n")}\n`);
  const { stdout } = succeeded(await run(["eval", musique, ...asked, "--out", before, "--json"]));
  first = JSON.parse(stdout) as Record<string, unknown>;
}, PATIENCE);

/** An evaluation without what differs between two runs of the same. */
function timeless({ seconds: _, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

describe("flowc eval", () => {
  it("prints official metrics, intervals and what it cost", () => {
    const share = expect.any(Number);
    expect(first).toEqual({
      flow: "musique_answerable",
      questions: QUESTIONS,
      answer_f1: share,
      answer_em: share,
      support_f1: share,
      intervals: {
        answer_f1: [share, share],
        answer_em: [share, share],
        support_f1: [share, share],
        sufficiency: [share, share],
      },
      lost: [],
      adapters: [],
      truncated: { prompts: 0, tokens: 0, outputs: 0 },
      calls: expect.any(Number),
      tokens: { prefilled: share, reused: share, decoded: share },
      seconds: share,
    });
  });

  it("writes predictions, scores and the evaluation", () => {
    const files = contentsOf(before);
    expect([...files.keys()]).toEqual(["eval.json", "predictions.jsonl", "scores.jsonl"]);
    expect(JSON.parse(files.get("eval.json")!)).toEqual(first);
    expect(jsonLines(files.get("scores.jsonl")!)).toHaveLength(QUESTIONS);
  });

  it("reads gzipped data, says it in words, and compares with an earlier evaluation", async () => {
    const { stdout } = succeeded(
      await run([
        ...["eval", musique, "--data", monitor, "--model", weak, "--workers", "1"],
        ...["--limit", String(QUESTIONS), "--against", before],
      ]),
    );
    const f1 = (first.answer_f1 as number).toFixed(3);
    expect(stdout).toMatch(
      new RegExp(`^answer_f1 +${f1} \\[.*\\]  gain \\+0\\.000 \\[0\\.000, 0\\.000\\]$`, "m"),
    );
    expect(stdout).toMatch(/^3 questions in /m);
  });

  it("does not overwrite an earlier evaluation without --force, and says so before it plays", async () => {
    const kept = contentsOf(before);
    const again = ["eval", musique, ...asked, "--out", before, "--limit", "1", "--json"];
    const { code, stdout, stderr } = await run(again);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("has predictions.jsonl already, of another evaluation; choose another --out");
    expect(contentsOf(before)).toEqual(kept);
    const other = join(folder, "other");
    succeeded(await run([...again, "--out", other]));
    succeeded(await run([...again, "--out", other, "--force"]));
  });

  it("gives the same metrics from its own predictions", async () => {
    const predictions = join(before, "predictions.jsonl");
    const { stdout } = succeeded(
      await run(["eval", "--predictions", predictions, "--data", plain, "--json"]),
    );
    const { answer_f1, answer_em, support_f1 } = JSON.parse(stdout) as Record<string, number>;
    // The official evaluator rounds to three digits.
    expect(answer_f1).toBeCloseTo(first.answer_f1 as number, 3);
    expect(answer_em).toBeCloseTo(first.answer_em as number, 3);
    expect(support_f1).toBeCloseTo(first.support_f1 as number, 3);
  });
});

describe("flowc eval --adapters", () => {
  const adapters = join(folder, "adapters");

  beforeAll(async () => {
    const parsed = parseSettings("adapter: { rank: 2 }");
    if (!parsed.ok) throw new Error("the settings are not accepted");
    const model = await LanguageModel.load({ folder: weak, workers: 0 });
    const learner = await LanguageModelLearner.create(model, ["query", "enough"], parsed.settings);
    for (const agent of ["query", "enough"]) {
      writeAdapter(join(adapters, agent), learner.adapter(agent), model.config, { name: weak });
    }
    writeAdapter(join(folder, "others", "nobody"), learner.adapter("query"), model.config, { name: weak });
    await model.close();
  }, PATIENCE);

  it("changes nothing with adapters that were never trained", async () => {
    const { stdout } = succeeded(await run(["eval", musique, ...asked, "--adapters", adapters, "--json"]));
    const { adapters: used, tokens: _, ...rest } = timeless(JSON.parse(stdout));
    expect(used).toEqual(["enough", "query"]);
    expect(rest).toEqual(expect.objectContaining({ answer_f1: first.answer_f1, calls: first.calls }));
  });

  it("switches on those of the agents named", async () => {
    const { stdout } = succeeded(
      await run([
        "eval",
        musique,
        ...asked,
        "--limit",
        "1",
        "--adapters",
        adapters,
        "--agents",
        "query",
        "--json",
      ]),
    );
    expect(JSON.parse(stdout)).toMatchObject({ adapters: ["query"], questions: 1 });
  });

  it("refuses adapters that were made for another base, and writes nothing", async () => {
    const foreign = join(folder, "foreign");
    cpSync(adapters, foreign, { recursive: true });
    const config = join(foreign, "query", "adapter_config.json");
    const { r, ...rest } = JSON.parse(readFileSync(config, "utf8")) as { r: number };
    writeFileSync(config, JSON.stringify({ ...rest, r: 2 * r }));
    const out = join(folder, "foreign out");
    const outcome = await run(["eval", musique, ...asked, "--adapters", foreign, "--out", out]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(/query.*(shape|rank)/);
    expect(existsSync(out)).toBe(false);
  });

  const names = "query, relevant, enough, draft, final";
  it.each([
    [
      "an agent that the flow does not have",
      adapters,
      ["--agents", "nobody"],
      `no agent nobody; it has ${names}`,
    ],
    ["an agent without an adapter", adapters, ["--agents", "draft"], "has no adapter of the agent draft"],
    ["a folder that is not there", join(folder, "none"), [], "none: there is no such folder"],
    ["a folder without adapters", before, [], "before holds no adapters"],
    ["an adapter of a foreign agent", join(folder, "others"), [], "others: the flow has no agent nobody"],
  ])("refuses %s", async (_, adapters, args, message) => {
    const { code, stdout, stderr } = await run(["eval", musique, ...asked, "--adapters", adapters, ...args]);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });
});

describe("before anything is played, flowc eval", () => {
  it("finds a question of MuSiQue-Full without its other row", async () => {
    const data = join(folder, "full.jsonl");
    writeFileSync(data, rowsOf(join(root, "flows/data/full-monitor.jsonl.gz"), 3).join("\n"));
    const outcome = await run(["eval", musique, "--data", data, "--model", weak]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(/has 1 row\(s\); in MuSiQue-Full each has two/);
    expect(outcome.stderr).not.toContain("questions");
  });

  it("finds that its results could not be written", async () => {
    const outcome = await run(["eval", musique, ...asked, "--out", join(plain, "out")]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toContain(`${plain}: cannot be written (a file stands where a folder is needed)`);
  });
});

it("flowc eval plays both rows of MuSiQue-Full's questions and gives the figures of pairs", async () => {
  const data = "flows/data/full-monitor.jsonl.gz";
  const args = ["--data", data, "--model", weak, "--workers", "0", "--limit", "4", "--json"];
  const out = join(folder, "full-before");
  // This flow takes every question for answerable: it is right on one row of each.
  const figures = { questions: 4, group_answer_sufficiency_f1: 0, group_support_sufficiency_f1: 0 };
  expect(JSON.parse(succeeded(await run(["eval", musique, ...args, "--out", out])).stdout)).toMatchObject({
    ...figures,
    sufficiency: 0.5,
    intervals: { sufficiency: [0.5, 0.5], group_answer_sufficiency_f1: [0, 0] },
  });
  const again = succeeded(await run(["eval", musique, ...args, "--against", out]));
  expect(JSON.parse(again.stdout)).toMatchObject({
    ...figures,
    gains: {
      answer_f1: { mean: 0, interval: [0, 0] },
      group_support_sufficiency_f1: { mean: 0, interval: [0, 0] },
    },
  });
});

describe("of episodes that break, flowc eval", () => {
  const flow = join(folder, "second.flow");
  const some = join(folder, "some.jsonl");
  const asking = ["eval", flow, "--data", some, "--model", weak, "--workers", "0"];
  const row = (id: string, paragraphs: number) =>
    JSON.stringify({
      id,
      question: "What?",
      paragraphs: Array.from({ length: paragraphs }, (_, idx) => ({
        ...{
          idx,
          title: `title ${idx}`,
          paragraph_text: "a text",
          is_supporting: idx === Math.min(1, paragraphs - 1),
        },
      })),
      ...{ answer: "a text", answer_aliases: [], answerable: true },
    });

  beforeAll(() => {
    writeFileSync(
      flow,
      `type Paragraph = { idx: int, title: text, body: text }

agent reply(body: text) -> text(max_tokens: 4) {
  user """
    {{ body }}
  """
}

flow second(question: text, paragraphs: list<Paragraph>) -> { answer: text, support: list<int> } {
  let said = reply(question)
  return { answer: said, support: [paragraphs[1].idx] }
}
`,
    );
    writeFileSync(some, [row("whole", 2), row("short", 1), row("other", 3)].join("\n"));
  });

  it("counts them as no answer, says where they broke, and leaves no line of the predictions out", async () => {
    const out = join(folder, "broken");
    const record = join(folder, "broken.jsonl");
    const done = succeeded(await run([...asking, "--json", "--out", out, "--record", record]));
    const problem = /^task short: the flow failed: index 1 of a list of 1 \(at 11:\d+ of the \.flow file\)$/;
    const evaluation = JSON.parse(done.stdout) as Record<string, unknown>;
    expect(evaluation).toMatchObject({
      questions: 3,
      support_f1: expect.closeTo(2 / 3, 10),
      lost: [{ id: "short", problem: expect.stringMatching(problem) }],
    });
    expect(done.stderr).toContain(
      "flowc: 1 episode was lost, and counted as no answer\n  task short: the flow",
    );
    const files = contentsOf(out);
    const predictions = jsonLines<Record<string, unknown>>(files.get("predictions.jsonl")!);
    expect(predictions.map(({ id }) => id)).toEqual(["whole", "short", "other"]);
    expect(predictions[1]).toEqual({
      id: "short",
      predicted_answer: "",
      predicted_support_idxs: [],
      predicted_answerable: true,
    });
    expect(jsonLines<unknown>(files.get("scores.jsonl")!)[1]).toMatchObject({ answer_f1: 0, support_f1: 0 });
    const official = ["eval", "--predictions", join(out, "predictions.jsonl"), "--data", some, "--json"];
    expect(JSON.parse(succeeded(await run(official)).stdout)).toMatchObject({
      support_f1: expect.closeTo(2 / 3, 3),
    });
    const logs = jsonLines<{ task: { id: string } }>(readFileSync(record, "utf8"));
    expect(logs.map(({ task }) => task.id)).toEqual(["whole", "other"]);
    succeeded(await run([...asking, "--against", out]));
  });

  it("gives up where all do, with the first", async () => {
    writeFileSync(some, [row("a", 1), row("b", 1)].join("\n"));
    const outcome = await run([...asking, "--record", join(folder, "none.jsonl")]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toContain("flowc: task a: the flow failed: index 1 of a list of 1");
    expect(existsSync(join(folder, "none.jsonl"))).toBe(false);
  });
});

describe("flowc eval's options", () => {
  it.each([
    ["no flow and no predictions", ["--data", plain], "needs a flow, or --predictions"],
    ["a flow without a model", [musique, "--data", plain], "needs --model"],
    ["a flow and predictions", [musique, "--data", plain, "--predictions", plain], "not both"],
    [
      "predictions and a limit",
      ["--data", plain, "--predictions", plain, "--limit", "2"],
      "--limit has no meaning",
    ],
    [
      "predictions and post-processing",
      ["--data", plain, "--predictions", plain, "--pairwise", "enough"],
      "--pairwise has no meaning",
    ],
    ["guesses for nothing", [musique, ...asked, "--guesses", "2"], "--guesses has no meaning without"],
    ["a limit of nothing", [musique, "--data", plain, "--limit", "0"], "1 or more"],
    ["agents without adapters", [musique, ...asked, "--agents", "query"], "--adapters, which is missing"],
  ])("refuse %s", async (_, args, message) => {
    const { code, stdout, stderr } = await run(["eval", ...args]);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("flowc eval --against", () => {
  it.each([
    ["other questions", before, ["--limit", "2"], /evaluated other questions \(3, here 2\)/],
    ["a folder without scores", folder, [], /scores\.jsonl: is missing/],
  ])("refuses %s", async (_, against, args, message) => {
    const out = join(folder, "refused");
    const { code, stderr } = await run([
      "eval",
      musique,
      ...asked,
      ...args,
      "--against",
      against,
      "--out",
      out,
    ]);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(() => readFileSync(join(out, "eval.json"))).toThrow();
  });
});
