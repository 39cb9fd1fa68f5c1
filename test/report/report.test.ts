import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { run as flowc, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { episode, evaluation, plainManifest, recordRun, round, writeRun } from "./support.js";

const folder = temporaryFolder();
const whole = join(folder, "whole");

beforeAll(() => recordRun(whole));

const page = (run: string) => readFileSync(join(run, "report.html"), "utf8");

async function failure(run: string): Promise<string> {
  const { code, stdout, stderr } = await flowc(["report", run]);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  return stderr;
}

describe("flowc report", () => {
  it("writes the page into the run's folder and says what the run came to", async () => {
    const { stdout } = succeeded(await flowc(["report", whole]));
    expect(stdout).toMatch(
      /report\.html: complete, 96 of 96 episodes, reward -?\d\.\d{3} in the beginning and -?\d\.\d{3} in the end$/m,
    );
    expect(page(whole)).toContain("<h2>Before and after</h2>");
  });

  it("writes the same bytes for the same run, wherever they are written", async () => {
    const out = join(folder, "elsewhere.html");
    succeeded(await flowc(["report", whole, "--out", out]));
    succeeded(await flowc(["report", whole]));
    expect(readFileSync(out, "utf8")).toBe(page(whole));
  });

  it("prints the figures with --json, and writes nothing", async () => {
    rmSync(join(whole, "report.html"), { force: true });
    const { stdout } = succeeded(await flowc(["report", whole, "--json"]));
    const figures = JSON.parse(stdout);
    expect(figures).toMatchObject({ state: "complete", episodes: 96, of: 96, rounds: 24 });
    expect(figures.reward.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(96);
    expect(Object.values<readonly { pairs: number }[]>(figures.agents).flat().length).toBeGreaterThan(0);
    expect(figures.references.count).toBeGreaterThan(0);
    expect(() => page(whole)).toThrow("ENOENT");
  });

  it("shows no curve of rewards that are of logged episodes, and says whose they are", async () => {
    const logged = join(folder, "logged");
    const events = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => episode(number, { line: number + 1 }));
    writeRun(logged, {
      manifest: { ...plainManifest, logged: "abc" },
      events,
      metrics: [round(0, { logged: true }), round(1, { logged: true })],
    });
    const { stdout } = succeeded(await flowc(["report", logged]));
    expect(stdout).toMatch(/complete, 8 of 8 episodes$/m);
    expect(page(logged)).toContain("of whoever was logged, not of what was learned");
    expect(page(logged)).toContain("<h2>Logged episodes</h2>");
    expect(page(logged)).not.toContain("<h2>What it earned</h2>");
  });

  it("allows its page nothing but its own style", async () => {
    succeeded(await flowc(["report", whole]));
    const text = page(whole);
    expect(text).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-[\w+/]{43}=&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;">/,
    );
    expect(text).not.toMatch(
      /<script|<link|<img|<iframe|<form|<base|\son\w+=|\sstyle=|\ssrc=|\shref=|url\(/i,
    );
  });

  it("marks where references moved, and lists the moves", async () => {
    succeeded(await flowc(["report", whole]));
    expect(page(whole)).toContain('class="mark"');
    expect(page(whole)).toMatch(/Moves of the references \(\d+\)/);
  });
});

describe("a run that is not over", () => {
  it("is told as interrupted, with its first and latest episodes", async () => {
    const killed = join(folder, "killed");
    writeRun(killed, {
      events: [0, 1, 2, 3].map((number) => episode(number)),
      metrics: [round(0)],
    });
    appendFileSync(
      join(killed, "events.jsonl"),
      '{"type":"episode","said":"half of a character \u00e4'.slice(0, -1),
    );
    appendFileSync(join(killed, "metrics.jsonl"), Buffer.from([0x7b, 0xc3]));
    const { stdout } = succeeded(await flowc(["report", killed]));
    expect(stdout).toContain("interrupted, 4 of 8 episodes");
    expect(page(killed)).toContain("flowc train --resume goes on from its last checkpoint");
    expect(page(killed)).toContain("<h2>At the start and now</h2>");
  });

  it("is told as running while a process writes to it", async () => {
    const running = join(folder, "running");
    writeRun(running, { events: [episode(0)], metrics: [round(0)] });
    writeFileSync(join(running, "lock"), `${process.pid}\n`);
    succeeded(await flowc(["report", running]));
    expect(page(running)).toContain('<span class="state running">running</span>');
  });

  it("is told as out of time where its minutes were over", async () => {
    const late = join(folder, "late");
    const timings = [{ type: "limit", round: 1, minutes: 1 }];
    writeRun(late, { events: [episode(0)], metrics: [round(0)], timings });
    succeeded(await flowc(["report", late]));
    expect(page(late)).toContain("The time that the settings allow is over");
  });

  it("has a page before its first round is over", async () => {
    const young = join(folder, "young");
    writeRun(young, {});
    const { stdout } = succeeded(await flowc(["report", young]));
    expect(stdout).toContain("interrupted, 0 of 8 episodes");
    expect(page(young)).toContain("No round is over yet");
  });
});

describe("what ended a run, and what its figures are for", () => {
  const withSettings = (settings: object) => ({
    ...plainManifest,
    settings: { ...plainManifest.settings, ...settings },
  });

  it("is complete where the settings' tokens are spent, and interrupted a token before", async () => {
    const totals = { calls: 10, processed: 60, learned: 40 };
    for (const [tokens, state] of [
      [100, "complete"],
      [101, "interrupted"],
    ] as const) {
      const spent = join(folder, `spent-${tokens}`);
      writeRun(spent, {
        manifest: withSettings({ tokens }),
        events: [episode(0)],
        metrics: [round(0, { totals })],
      });
      expect(succeeded(await flowc(["report", spent])).stdout).toContain(`${state}, 4 of 8 episodes`);
      expect(page(spent).includes("has spent the 100 tokens")).toBe(state === "complete");
      expect(page(spent).includes("flowc train --resume")).toBe(state === "interrupted");
    }
  });

  it("says of preferences without a reward where they come from, what they cost, and that rewards are looked at alone", async () => {
    const compared = join(folder, "compared");
    const preferences = {
      asked: 31,
      known: 7,
      disagreed: 3,
      failed: 1,
      calls: 62,
      prompted: 900,
      decoded: 62,
    };
    writeRun(compared, {
      manifest: withSettings({ preferences: { kind: "comparator" } }),
      events: [0, 1, 2, 3].map((number) => episode(number)),
      metrics: [round(0, { preferences, monitoring: true })],
    });
    succeeded(await flowc(["report", compared]));
    const text = page(compared);
    expect(text).toContain("a comparator preferred the episode that it led to");
    expect(text).not.toMatch(/higher reward|gap in reward/);
    expect(text).toContain("Reward (monitoring)");
    expect(text).toContain("nothing was learned from rewards");
    expect(text).toMatch(/<dt>Asked of an evaluator<\/dt><dd>31<\/dd>/);
    expect(text).toMatch(/<dt>Decided by the order<\/dt><dd>3<\/dd>/);
    const graded = join(folder, "graded");
    writeRun(graded, {
      manifest: withSettings({ preferences: { kind: "feedback" } }),
      events: [episode(0)],
      metrics: [round(0)],
    });
    succeeded(await flowc(["report", graded]));
    expect(page(graded)).toContain("mean gap in grades 0.500");
  });

  it("draws nothing for a reward that is not known", async () => {
    const unknown = join(folder, "unknown");
    const metrics = [evaluation(0, 0.4, true), { ...evaluation(1, 0.6, false), reward: null }];
    writeRun(unknown, { events: [episode(0, { reward: null })], metrics: [...metrics, round(0)] });
    succeeded(await flowc(["report", unknown]));
    const text = page(unknown);
    expect(text).toContain("<title>before the first round: 0.400 on 50 questions</title>");
    expect(text).not.toContain("<title>after round 1: 0.000 on 50 questions</title>");
    expect(text).toContain("none is known");
    expect(text).toContain("reward <strong>–</strong>");
  });

  it("leaves out of the other events what metrics.jsonl sums up", async () => {
    const credited = join(folder, "credited");
    const credit = { type: "credit", round: 0, agent: "query", point: "main/query#0@1", advantage: 0.5 };
    writeRun(credited, { events: [episode(0), credit, { type: "strange", round: 0 }], metrics: [round(0)] });
    const { others } = JSON.parse(succeeded(await flowc(["report", credited, "--json"])).stdout);
    expect(Object.keys(others)).toEqual(["strange"]);
  });
});

describe("a run with evaluations", () => {
  const lines = [
    evaluation(0, 0.4, true),
    round(0),
    evaluation(1, 0.6, true),
    round(1),
    evaluation(2, 0.55, false),
  ];
  const manifest = (patience?: number) => ({
    ...plainManifest,
    settings: { ...plainManifest.settings, episodes: 80, evaluation: { patience } },
  });

  it("has their curve with the best one marked", async () => {
    const evaluated = join(folder, "evaluated");
    writeRun(evaluated, { manifest: manifest(), events: [episode(0)], metrics: lines });
    const { stdout } = succeeded(await flowc(["report", evaluated]));
    expect(stdout).toContain("interrupted, 8 of 80 episodes");
    const text = page(evaluated);
    expect(text).toContain("3 evaluations on 50 questions");
    expect(text).toContain("reward 0.600 after round 1, +0.200 against the first");
    expect(text).toContain("<title>the best evaluation, after round 1</title>");
    expect(text).toContain("<title>after round 2: 0.550 on 50 questions</title>");
    const figures = JSON.parse(succeeded(await flowc(["report", evaluated, "--json"])).stdout);
    expect(figures.evaluations).toHaveLength(3);
  });

  it("is complete where it ended early, since none was better for long enough", async () => {
    const early = join(folder, "early");
    writeRun(early, { manifest: manifest(1), events: [episode(0)], metrics: lines });
    const { stdout } = succeeded(await flowc(["report", early]));
    expect(stdout).toContain("complete, 8 of 80 episodes");
    expect(page(early)).toContain("The run ended early");
  });
});

describe("a short run", () => {
  it("has no band of which to speak, nor calls saved where none was needed", async () => {
    const short = join(folder, "short");
    writeRun(short, { events: [episode(0)], metrics: [round(0, { totals: {} })] });
    succeeded(await flowc(["report", short]));
    const text = page(short);
    expect(text).toContain("too few of them for an interval");
    expect(text).not.toContain("the band is");
    expect(text).not.toContain("<dt>Calls saved</dt>");
  });
});

describe("a run that weighs outputs by themselves", () => {
  it("speaks of outputs and their advantages, and of no pairs that the greedy one won", async () => {
    const credited = join(folder, "credited");
    const query = { pairs: 3, gap: 0.5, loss: 0.3, accuracy: 1, advantage: 0.2, largestMove: 0.01 };
    writeRun(credited, { events: [episode(0)], metrics: [round(0, { agents: { query } })] });
    succeeded(await flowc(["report", credited]));
    const text = page(credited);
    expect(text).toContain(
      "mean size of an output’s advantage 0.500 · 100 % of its last outputs went the way they should",
    );
    expect(text).toContain("<figcaption>Outputs <span>3 in all");
    expect(text).not.toContain("the greedy output won");
    expect(text).not.toContain("A pair prefers");
    expect(text).toContain("<dt>Outputs</dt><dd>3");
    expect(text).not.toContain("<dt>Pairs</dt>");
  });
});

describe("a run of another version", () => {
  it("is shown as far as it is understood: events without their fields, and events that are new", async () => {
    const strange = join(folder, "strange");
    writeRun(strange, {
      events: [
        { type: "episode", round: 0, reward: 0.5 },
        { type: "episode", round: 0, said: [1, ["a"], ["p@", "query", {}]], asked: 7, metrics: [] },
        { type: "alarm", round: 0, agent: "query", alarm: { kind: "new-kind", size: 3, loss: null } },
        { type: "alarm", round: 0 },
        { type: "lost" },
        { type: "reference", round: 0, agent: "query" },
        { type: "comet", round: 0, agent: "query", tail: [1, 2] },
        {},
      ],
      metrics: [
        round(0, { agents: { query: {}, other: 3 }, totals: null }),
        { type: "eclipse", of: "the sun" },
      ],
    });
    succeeded(await flowc(["report", strange]));
    const text = page(strange);
    expect(text).toContain("new-kind, size 3, loss not finite");
    expect(text).toContain("Other events: comet (1)");
    expect(text).toContain("{&quot;tail&quot;:[1,2]}");
    expect(text).toContain("Other events: eclipse (1)");
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe("a folder that is no whole run", () => {
  it("is told where there is none", async () => {
    expect(await failure(join(folder, "nowhere"))).toContain(
      "nowhere: there is no run in this folder, since it has no run.json",
    );
    const empty = join(folder, "empty");
    mkdirSync(empty);
    expect(await failure(empty)).toContain("there is no run in this folder");
  });

  it.each([
    ["is not JSON", "{", "run.json: is not JSON"],
    ["is no object", "[]", "run.json: is not a JSON object"],
    ["says nothing", "{}", "run.json: does not say how many episodes were asked for"],
  ])("is told where run.json %s", async (what, text, message) => {
    const broken = join(folder, `manifest ${what}`);
    writeRun(broken, {});
    writeFileSync(join(broken, "run.json"), text);
    expect(await failure(broken)).toContain(message);
  });

  it.each(["events", "metrics", "timings"])("is told where %s.jsonl is missing or broken", async (log) => {
    const broken = join(folder, `broken ${log}`);
    writeRun(broken, { events: [episode(0)], metrics: [round(0)] });
    const file = join(broken, `${log}.jsonl`);
    writeFileSync(file, '{"type":"x"}\n{"type":\n{"type":"y"}\n');
    expect(await failure(broken)).toContain(`${log}.jsonl: line 2 is not JSON`);
    writeFileSync(file, "3\n");
    expect(await failure(broken)).toContain(`${log}.jsonl: line 1 is not a JSON object`);
    rmSync(file);
    expect(await failure(broken)).toContain(`${log}.jsonl: is missing, and every run has it`);
    mkdirSync(file);
    expect(await failure(broken)).toContain(`${log}.jsonl: cannot be read (EISDIR)`);
  });

  it("is not replaced by its page", async () => {
    const own = join(folder, "own");
    writeRun(own, { events: [episode(0)], metrics: [round(0)] });
    const before = readFileSync(join(own, "run.json"), "utf8");
    const { code, stderr } = await flowc(["report", own, "--out", join(own, "run.json")]);
    expect(code).toBe(2);
    expect(stderr).toContain("is part of the run, which a page does not replace");
    expect(readFileSync(join(own, "run.json"), "utf8")).toBe(before);
  });

  it("is told where the page cannot be written", async () => {
    const { code, stderr } = await flowc(["report", whole, "--out", "/dev/null/report.html"]);
    expect(code).toBe(1);
    expect(stderr).toContain("cannot be written");
  });
});
