import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import type { EpisodeLog } from "../../runtime/search/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { lasting } from "./run-folder.js";
import { jsonLines, monitor, musique, root, run, succeeded, weak } from "./support.js";

/** Milliseconds that several processes may take on a machine with other work. */
const PATIENCE = 120_000;

const folder = temporaryFolder();
const questions = join(folder, "questions.jsonl");
const held = join(folder, "held-out.jsonl");
const drawn = join(folder, "drawn.jsonl");
const settings = join(folder, "settings.yaml");
const model = ["--model", weak, "--workers", "0"];
const whole = join(folder, "whole");

writeFileSync(settings, "episodes: 6\nepisodes_per_round: 2\ncheckpoint_every: 1\nadapter: { rank: 2 }\n");

/** Trains from what was drawn, or from another file. */
function training(out: string, file = drawn, ...more: readonly string[]): readonly string[] {
  return ["train", musique, "--logged", file, ...model, "--config", settings, "--out", out, ...more];
}

/** A file of what was drawn, its lines changed. */
function changed(name: string, change: (line: string, index: number) => string): string {
  const path = join(folder, name);
  const lines = readFileSync(drawn, "utf8").split("\n").slice(0, -1);
  writeFileSync(path, `${lines.map(change).join("\n")}\n`);
  return path;
}

beforeAll(async () => {
  const rows = gunzipSync(readFileSync(monitor)).toString("utf8").split("\n");
  writeFileSync(questions, `${rows.slice(0, 4).join("\n")}\n`);
  writeFileSync(held, `${rows.slice(4, 6).join("\n")}\n`);
  const asked = ["eval", musique, "--data", questions, ...model, "--config", settings];
  succeeded(await run([...asked, "--temperature", "1", "--seed", "3", "--record", drawn]));
  succeeded(await run(training(whole, drawn, "--held-out", held)));
}, PATIENCE);

describe("flowc eval --temperature --record", () => {
  it("records episodes that are drawn, with reward and kind, and they replay", async () => {
    const logs = jsonLines<EpisodeLog>(readFileSync(drawn, "utf8"));
    expect(logs).toHaveLength(4);
    for (const log of logs) {
      expect(log).toMatchObject({ seed: 3, sampling: { temperature: 1, topP: 1, sample: 0 } });
      expect(log.reward).toBeGreaterThanOrEqual(0);
      expect(log.stratum).toMatch(/^\dhop$/);
    }
    expect(succeeded(await run(["replay", musique, drawn])).stdout).toContain("4 episodes: all agree");
  });

  it("draws others with another seed, and takes --seed for nothing else", async () => {
    const other = join(folder, "other.jsonl");
    const asked = ["eval", musique, "--data", questions, ...model, "--limit", "2", "--record", other];
    succeeded(await run([...asked, "--temperature", "1", "--seed", "4"]));
    const said = (file: string) =>
      jsonLines<EpisodeLog>(readFileSync(file, "utf8"))
        .slice(0, 2)
        .map(({ steps }) => steps.map(({ reply }) => reply));
    expect(said(other)).not.toEqual(said(drawn));
    const idle = await run([...asked, "--force", "--seed", "4"]);
    expect(idle).toMatchObject({ code: 2 });
    expect(idle.stderr).toContain("--seed keys the draws of --temperature, which is missing");
  });
});

describe("flowc train --logged", () => {
  it("learns without playing anything but what is held out, and says what each episode's line is", () => {
    const files = lasting(whole);
    const events = jsonLines<{ type: string; line?: number; reward?: number }>(files.get("events.jsonl")!);
    const logs = jsonLines<EpisodeLog>(readFileSync(drawn, "utf8"));
    const played = events.filter(({ type }) => type === "episode");
    expect(played).toHaveLength(6);
    for (const { line, reward } of played) expect(reward).toBe(logs[line! - 1]!.reward);
    expect(events.filter(({ type }) => type === "update").length).toBeGreaterThan(0);
    const lines = jsonLines<{ type: string; totals: { calls: number } }>(files.get("metrics.jsonl")!);
    for (const { type, totals } of lines) expect(totals.calls === 0).toBe(type === "round");
    expect(lines.filter(({ type }) => type === "evaluation")).toHaveLength(2);
    const { logged, data, settings: used } = JSON.parse(files.get("run.json")!);
    expect(logged).toMatch(/^[0-9a-f]{64}$/);
    expect(data).toBeUndefined();
    expect(used.algorithm).toMatchObject({ kind: "single-sample", loss: "reinforce" });
  });

  it(
    "is resumed to the same bytes after a kill, from a packed file too, and from no other one",
    async () => {
      const killed = join(folder, "killed");
      const packed = join(folder, "packed");
      writeFileSync(packed, gzipSync(readFileSync(drawn)));
      let sent = false;
      await run(training(killed, packed, "--held-out", held, "--json"), {
        watch(stdout, kill) {
          if (sent || !stdout.includes('"type":"update","round":1')) return;
          sent = true;
          kill("SIGKILL");
        },
      });
      succeeded(await run(training(killed, packed, "--held-out", held, "--resume")));
      const hashless = (run: ReadonlyMap<string, string>) =>
        new Map([...run].filter(([name]) => name !== "run.json" && !name.startsWith("checkpoints/")));
      expect(hashless(lasting(killed))).toEqual(hashless(lasting(whole)));
      const { code, stderr } = await run(training(killed, drawn, "--held-out", held, "--resume"));
      expect(stderr).toContain("the run was made with another file of episodes");
      expect(code).toBe(1);
    },
    PATIENCE,
  );

  it("names the lines from which nothing can be learned, and learns from none", async () => {
    const bad = changed("bad.jsonl", (line, i) =>
      i === 1
        ? line.replace(/"reward":[^,]*,/, "")
        : i === 2
          ? line.replaceAll("as brief as possible", "as short as possible")
          : line,
    );
    const out = join(folder, "bad");
    const { code, stderr } = await run(training(out, bad));
    expect(code).toBe(1);
    expect(stderr).toContain(`flowc: of 4 lines in ${bad} 2 cannot be learned from`);
    expect(stderr).toMatch(/bad\.jsonl:2: task \S+: it has no reward/);
    expect(stderr).toMatch(/bad\.jsonl:3: task \S+: parts at step 1, musique_answerable\/query#0@1: /);
    expect(existsSync(out)).toBe(false);
  });

  it("learns from any flow and whoever answered, by unpaired preferences where no probabilities are known", async () => {
    const router = join(root, "flows/examples/router.flow");
    const mocks = join(folder, "mocks.json");
    const runs = join(folder, "runs.jsonl");
    writeFileSync(mocks, JSON.stringify({ route: ["other"], general: ["Write to us."] }));
    for (const request of ["A job?", "A visit?"]) {
      const input = JSON.stringify({ request });
      succeeded(await run(["run", router, "--input", input, "--mocks", mocks, "--record", runs]));
    }
    const [first, second] = jsonLines<EpisodeLog>(readFileSync(runs, "utf8"));
    writeFileSync(
      runs,
      [
        { ...first, reward: 1 },
        { ...second, reward: 0 },
      ]
        .map((log) => `${JSON.stringify(log)}\n`)
        .join(""),
    );
    const train = (out: string, config: string) =>
      run(["train", router, "--logged", runs, ...model, "--config", config, "--out", join(folder, out)]);
    const refused = await train("mocked", settings);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "it does not say how probable the output of route was, which algorithm.loss: reinforce goes by; kto does without",
    );
    const kto = join(folder, "kto.yaml");
    writeFileSync(kto, `${readFileSync(settings, "utf8")}algorithm: { kind: single-sample, loss: kto }\n`);
    const { stderr } = succeeded(await train("mocked", kto));
    // The other branches were never taken.
    expect(stderr).toContain(
      "nothing was learned by billing, shipping: no episode with a call of theirs was worth more or less than the others",
    );
    // flowc eval would refuse the flow.
    expect(stderr).toContain(`Next: flowc run ${router} --input JSON --model `);
  });

  it.each([
    ["algorithm: { kind: deviations }", /algorithm\.kind is deviations, which plays episodes/],
    ["preferences: { kind: comparator, flow: x.flow }", /preferences\.kind is comparator/],
    ["reference: { kind: soft, gate: true }", /reference\.gate asks whether rewards have got better/],
    ["evaluation: { patience: 2 }", /evaluation\.patience needs held-out questions/],
    ["strata: { 9hop: 1 }", /strata: there are no tasks of the stratum "9hop"/],
  ])("refuses %s", async (line, said) => {
    const config = join(folder, "refused.yaml");
    writeFileSync(config, `${line}\n`);
    const { code, stderr } = await run([...training(join(folder, "refused")), "--config", config]);
    expect(stderr).toMatch(said);
    expect(code).toBe(1);
  });

  it("takes either questions or logged episodes", async () => {
    for (const more of [[], ["--data", questions, "--logged", drawn], ["--data", questions, "--edited"]]) {
      const asked = ["train", musique, ...model, "--out", join(folder, "neither"), ...more];
      const { code, stderr } = await run(asked);
      expect(stderr).toMatch(/^flowc: (?:train needs --data .* or --logged|--edited is about)/m);
      expect(code).toBe(2);
    }
  });
});
