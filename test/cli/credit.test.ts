import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { CreditResult } from "../../cli/support/credit-report.js";
import type { CreditPoint } from "../../runtime/credit/index.js";
import { LanguageModelLearner, parseSettings } from "../../runtime/learner/index.js";
import { writeAdapter } from "../../runtime/policy/adapter/peft.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { contentsOf, jsonLines, monitor, musique, root, rowsOf, run, succeeded, weak } from "./support.js";

/** Milliseconds that several processes may take on a machine with other work. */
const PATIENCE = 120_000;

const QUESTIONS = 4;

const folder = temporaryFolder();
const data = join(folder, "questions.jsonl");
const out = join(folder, "credit");
const picture = join(folder, "credit.svg");
const asked = ["credit", musique, "--data", data, "--model", weak, "--workers", "0"];

let first: CreditResult;
let points: readonly CreditPoint[];

beforeAll(async () => {
  writeFileSync(data, `${rowsOf(monitor, QUESTIONS).join("\n")}\n`);
  const { stdout } = succeeded(await run([...asked, "--out", out, "--svg", picture, "--json"]));
  first = JSON.parse(stdout) as CreditResult;
  points = jsonLines<CreditPoint>(readFileSync(join(out, "points.jsonl"), "utf8"));
}, PATIENCE);

/** The flow, which first does an effect of a module. */
function waiting(module: string): string {
  const text = readFileSync(musique, "utf8").replace(/^test [\s\S]*/m, "");
  const effect = `extern effect wait(question: text) -> bool effectful from "${module}"\n`;
  return effect + text.replace("  var known", "  do wait(question)\n  var known");
}

/** An effect that presses Ctrl-C at the twentieth question, and gives the signal time to come. */
const slowModule = `let calls = 0;
export async function wait(state: null, _: { question: string }) {
  calls += 1;
  if (calls === 20) {
    process.kill(process.pid, "SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { state, result: true };
}
`;

/** What was measured without what differs between two runs of the same. */
function timeless({ seconds: _, ...rest }: CreditResult): Omit<CreditResult, "seconds"> {
  return rest;
}

/** What the best change of one output in some choice points adds, by task. */
function gains(some: readonly CreditPoint[]): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  for (const { task, greedy, others } of some) {
    for (const { reward } of others) best.set(task, Math.max(best.get(task) ?? 0, reward - greedy.reward));
  }
  return best;
}

describe("flowc credit", () => {
  it("tells of every site what its choice points say", () => {
    expect(first).toMatchObject({
      flow: "musique_answerable",
      questions: QUESTIONS,
      episodes: QUESTIONS,
      lost: { episodes: 0, deviations: 0 },
      share: 1,
      seed: 0,
      interrupted: false,
      adapters: [],
    });
    const names = ["query", "relevant", "enough", "draft", "final"];
    expect(first.agents.map(({ agent }) => agent).sort()).toEqual([...names].sort());
    expect(first.sites.map(({ site }) => site).sort()).toEqual(
      names.map((name) => `musique_answerable/${name}#0`).sort(),
    );
    for (const site of first.sites) {
      const own = points.filter((point) => point.site === site.site);
      expect(own).toHaveLength(site.tried);
      expect(site.points).toBe(site.tried);
      expect(own.flatMap(({ others }) => others)).toHaveLength(site.others);
      const best = [...gains(own).values()];
      expect(site.headroom!.value).toBeCloseTo(best.reduce((sum, gain) => sum + gain, 0) / QUESTIONS, 10);
      expect(site.largest).toBeCloseTo(Math.max(0, ...best), 10);
    }
    const headrooms = first.sites.map(({ headroom }) => headroom!.value);
    expect(headrooms).toEqual([...headrooms].sort((a, b) => b - a));
    expect(first.all.others).toBe(points.flatMap(({ others }) => others).length);
    expect(first.calls).toBeGreaterThan(0);
  });

  it("writes the same to --out, and a picture with each site's headroom", () => {
    expect(JSON.parse(contentsOf(out).get("credit.json")!)).toEqual(first);
    const svg = readFileSync(picture, "utf8");
    for (const { headroom, better, tried } of first.sites) {
      expect(svg).toContain(`>headroom ${headroom!.value.toFixed(3)} [`);
      expect(svg).toContain(`>better at ${(100 * better!.value).toFixed(0)} % of ${tried} choice points<`);
    }
    expect(svg.match(/class="meter" /g)).toHaveLength(first.sites.length);
    expect(svg).not.toMatch(/<script|href|NaN|Infinity/);
  });

  it(
    "says it in words, the same every time, with any number of workers",
    async () => {
      const { stdout } = succeeded(await run([...asked.slice(0, -1), "1"]));
      const [title, empty, head, ...rows] = stdout.trimEnd().split("\n");
      const { value } = first.reward;
      expect(title).toContain(`musique_answerable: reward ${value.toFixed(3)} [`);
      expect(title).toContain(`over ${QUESTIONS} questions`);
      expect(empty).toBe("");
      expect(head!.split(/\s+/)).toEqual("site headroom better worse change most points others".split(" "));
      for (const [i, { site, headroom, points: seen, others }] of first.sites.entries()) {
        expect(rows[i]).toMatch(
          new RegExp(`^${site} +${headroom!.value.toFixed(3)} \\[.* ${seen} +${others}$`),
        );
      }
      expect(rows[first.sites.length]).toMatch(/^any of these +\d/);
    },
    PATIENCE,
  );

  it(
    "tries a share, of some agents, with other random numbers, and keeps earlier results without --force",
    async () => {
      const again = [...asked, "--agents", "enough,final", "--share", "0.5", "--seed", "3"];
      const refused = await run([...again, "--out", out]);
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toContain("has credit.json already");
      const { stdout } = succeeded(await run([...again, "--out", out, "--force", "--json"]));
      const part = JSON.parse(stdout) as CreditResult;
      expect(JSON.parse(contentsOf(out).get("credit.json")!)).toEqual(part);
      expect(part.sites.map(({ agent }) => agent).sort()).toEqual(["enough", "final"]);
      expect(part).toMatchObject({ share: 0.5, seed: 3, reward: first.reward });
      const { points: seen } = first.sites.find(({ agent }) => agent === "enough")!;
      const enough = part.sites.find(({ agent }) => agent === "enough")!;
      expect(enough.points).toBe(seen);
      expect(part.all.tried).toBeLessThan(part.all.points);
    },
    PATIENCE,
  );

  it(
    "takes adapters; of those that were never trained every figure stays",
    async () => {
      const parsed = parseSettings("adapter: { rank: 2 }");
      if (!parsed.ok) throw new Error("the settings are not accepted");
      const model = await LanguageModel.load({ folder: weak, workers: 0 });
      const learner = await LanguageModelLearner.create(model, ["enough"], parsed.settings);
      const adapters = join(folder, "adapters");
      writeAdapter(join(adapters, "enough"), learner.adapter("enough"), model.config, { name: weak });
      await model.close();
      const { stdout } = succeeded(await run([...asked, "--adapters", adapters, "--json"]));
      const { tokens, ...adapted } = timeless(JSON.parse(stdout) as CreditResult);
      const { tokens: _, ...plain } = timeless(first);
      expect(adapted).toEqual({ ...plain, adapters: ["enough"] });
      expect(tokens.decoded).toBeGreaterThan(0);
    },
    PATIENCE,
  );

  it(
    "takes settings: how many others are tried, and what the reward is",
    async () => {
      const config = join(folder, "settings.yaml");
      writeFileSync(
        config,
        "alternatives: { generate: 0, choose: all, pick: 1 }\nreward: { answer_f1: 0, answer_em: 0, support_f1: 1 }\n",
      );
      const { stdout } = succeeded(await run([...asked, "--config", config, "--json"]));
      const { sites } = JSON.parse(stdout) as CreditResult;
      const found = new Map(sites.map((site) => [site.agent, site]));
      expect(found.get("query")).toMatchObject({ others: 0, change: null, better: { value: 0 } });
      expect(found.get("relevant")!.others).toBe(found.get("relevant")!.points);
      expect(found.get("draft")!.headroom).toEqual({ value: 0, interval: [0, 0] });
    },
    PATIENCE,
  );

  it(
    "has a table of agents where one is called at several places",
    async () => {
      const flow = join(folder, "twice.flow");
      const text = readFileSync(musique, "utf8").replace(/^test [\s\S]*/m, "");
      writeFileSync(
        flow,
        text.replace("draft(question, known))", "final(question, draft(question, known)))"),
      );
      const svg = join(folder, "twice.svg");
      const asking = [...asked.slice(2), "--limit", "2", "--agents", "draft,final", "--svg", svg];
      const { stdout } = succeeded(await run(["credit", flow, ...asking]));
      const [sites, agents] = stdout
        .split("\n\n")
        .slice(1, 3)
        .map((table) => table.split("\n").map((row) => row.split(/ {2,}/)[0]!));
      const site = (name: string) => `musique_answerable/${name}`;
      expect(sites!.sort()).toEqual([site("draft#0"), site("final#0"), site("final#1"), "site"].sort());
      expect(agents!.sort()).toEqual(["agent", "any of these", "draft", "final"]);
      expect(readFileSync(svg, "utf8").match(/class="meter" /g)).toHaveLength(3);
    },
    PATIENCE,
  );

  it(
    "says what is wrong before it loads a model",
    async () => {
      const refusals: readonly (readonly [more: readonly string[], code: number, message: string])[] = [
        [
          ["--agents", "nobody"],
          1,
          "the flow has no agent nobody; it has query, relevant, enough, draft, final",
        ],
        [["--share", "0"], 2, "Expected a number above 0, at most 1."],
        [["--share", "1.5"], 2, "Expected a number above 0, at most 1."],
        [["--limit", "0"], 2, "Expected a whole number, 1 or more."],
        [["--svg", join(data, "credit.svg")], 1, "a file stands where a folder is needed"],
        [["--adapters", join(folder, "none")], 1, "there is no such folder"],
        [["--config", data], 1, "the settings have mistakes"],
      ];
      for (const [more, code, message] of refusals) {
        const outcome = await run([...asked, ...more]);
        expect({ code: outcome.code, stdout: outcome.stdout }, message).toEqual({ code, stdout: "" });
        expect(outcome.stderr).toContain(message);
      }
      const { code, stderr } = await run(["credit", musique, "--model", weak]);
      expect([code, stderr]).toEqual([2, expect.stringContaining("--data <file>")]);
      const other = await run(["credit", join(root, "flows/examples/router.flow"), ...asked.slice(2)]);
      expect(other.code).toBe(1);
      expect(other.stderr).toContain("takes request");
    },
    PATIENCE,
  );
});

describe("flowc credit --mocks", () => {
  const answers = join(folder, "answers.yaml");
  const mocked = ["credit", musique, "--data", data, "--mocks", answers, "--json"];

  it("takes a list for what an agent could say, the best first, and tries the others", async () => {
    writeFileSync(
      answers,
      `query: [capital, country]
relevant: [3, 1, 0]
enough: [no, yes]
musique_answerable/enough#0@2: yes
draft: [Oslo, Rome, OSLO, Paris]
final: NOK
`,
    );
    const dir = join(folder, "mocked");
    const { stdout } = succeeded(await run([...mocked, "--out", dir]));
    const { sites, calls, tokens } = JSON.parse(stdout) as CreditResult;
    const found = new Map(sites.map((site) => [site.agent, site]));
    expect(found.get("query")).toMatchObject({ points: 2 * QUESTIONS, others: 2 * QUESTIONS });
    expect(found.get("enough")).toMatchObject({ points: 2 * QUESTIONS, others: 2 * QUESTIONS });
    // Two of its texts differ from the first one after normalisation.
    expect(found.get("draft")).toMatchObject({ points: QUESTIONS, others: 2 * QUESTIONS });
    expect(found.get("final")).toMatchObject({ points: QUESTIONS, others: 0, change: null });
    expect(tokens).toEqual({ prefilled: 0, reused: 0, decoded: 0 });
    expect(calls).toBeGreaterThan(0);
    const own = jsonLines<CreditPoint>(readFileSync(join(dir, "points.jsonl"), "utf8"));
    const at = (point: string) => own.filter((each) => each.point === `musique_answerable/${point}`);
    // The second pass has a candidate less: the next of the list is taken, and the others in its order.
    expect(at("relevant#0@1").map(({ greedy }) => greedy.output)).toEqual([3, 3, 3, 3]);
    expect(at("relevant#0@2").map(({ greedy }) => greedy.output)).toEqual([1, 1, 1, 1]);
    expect(
      at("relevant#0@1")[0]!
        .others.map(({ output }) => output)
        .slice(0, 2),
    ).toEqual([1, 0]);
    expect(at("draft#0@")[0]!.others.map(({ output }) => output)).toEqual(["Rome", "Paris"]);
    expect(at("enough#0@1").map(({ greedy }) => greedy.output)).toEqual(["no", "no", "no", "no"]);
    expect(at("enough#0@2").map(({ greedy }) => greedy.output)).toEqual(["yes", "yes", "yes", "yes"]);
  });

  it("says what is missing or does not fit, at its place", async () => {
    for (const [text, message] of [
      ["query: x\n", /answers\.yaml: nothing is said for musique_answerable\/relevant#0@1; add an answer/],
      ["query: x\nrelevant: first\n", /answers\.yaml:2:11 musique_answerable\/relevant#0@1 is a pick/],
      [
        "query: x\nrelevant: 0\nenough: [no, maybe]\n",
        /:3:14 enough answers with one of yes, no, not "maybe"/,
      ],
      ["qery: x\n", /answers\.yaml:1:1 .*did you mean query\?/],
    ] as const) {
      writeFileSync(answers, text);
      const outcome = await run(mocked);
      expect(outcome).toMatchObject({ code: 1, stdout: "" });
      expect(outcome.stderr).toMatch(message);
    }
    for (const [more, message] of [
      [["--model", weak], "credit takes --mocks or --model, not both"],
      [["--adapters", folder], "--adapters has no meaning with --mocks"],
    ] as const) {
      const outcome = await run([...mocked, ...more]);
      expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code: 2, stdout: "" });
      expect(outcome.stderr).toContain(message);
    }
    const neither = await run(["credit", musique, "--data", data]);
    expect([neither.code, neither.stderr]).toEqual([2, expect.stringContaining("credit needs --model")]);
  });
});

it("flowc credit loses the episode of an effect that comes to no end, and ends itself", async () => {
  const flow = join(folder, "hung.flow");
  writeFileSync(
    join(folder, "hung.ts"),
    `let calls = 0;
export async function wait(state: null, _: { question: string }) {
  calls += 1;
  // Something that would keep the process alive.
  if (calls === 2) await new Promise(() => setInterval(() => {}, 1000));
  return { state, result: true };
}
`,
  );
  writeFileSync(flow, waiting("./hung.ts"));
  const answers = join(folder, "some.yaml");
  const config = join(folder, "hung.yaml");
  writeFileSync(answers, "query: x\nrelevant: 0\nenough: yes\ndraft: y\nfinal: z\n");
  writeFileSync(config, "effect_seconds: 0.5\nrecheck: 0\n");
  const asking = ["credit", flow, "--data", data, "--mocks", answers, "--config", config, "--allow-extern"];
  const { stdout, stderr } = succeeded(await run([...asking, "--json"]));
  expect(JSON.parse(stdout)).toMatchObject({ lost: { episodes: 1 }, episodes: QUESTIONS - 1 });
  expect(stderr).toContain("the effect `wait` failed: it gave nothing within 0.5 seconds");
});

it(
  "flowc credit gives the figures of what is finished when Ctrl-C comes, and says so with 130",
  async () => {
    const flow = join(folder, "slow.flow");
    writeFileSync(join(folder, "slow.ts"), slowModule);
    writeFileSync(flow, waiting("./slow.ts"));
    const answers = join(folder, "all.yaml");
    writeFileSync(answers, "query: x\nrelevant: 0\nenough: yes\ndraft: y\nfinal: z\n");
    const asking = ["credit", flow, "--data", monitor, "--limit", "40", "--mocks", answers, "--allow-extern"];
    const dir = join(folder, "interrupted");
    const { code, stdout, stderr } = await run([...asking, "--json", "--out", dir]);
    expect(stderr).toContain("stopping, with what is finished so far");
    expect(stderr).toContain("flowc: interrupted after 16 of 40 questions; the figures are of these");
    expect(JSON.parse(stdout)).toMatchObject({ interrupted: true, questions: 16, lost: { episodes: 0 } });
    expect(JSON.parse(contentsOf(dir).get("credit.json")!)).toEqual(JSON.parse(stdout));
    expect(code).toBe(130);
  },
  PATIENCE,
);
