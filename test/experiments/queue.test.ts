import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Summary } from "../../flows/experiments/summary.js";
import { RunLock } from "../../runtime/record/index.js";
import { root, runProgram, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** Milliseconds: trainings and evaluations, if small ones. */
const PATIENCE = 600_000;

const program = join(root, "dist/flows/experiments/main.js");

/** A queue of two small runs, of which the second is trained. */
const queueIn = (runs: string): readonly string[] => [
  ...[program, "--only", "untrained,fixed-reference", "--seeds", "0", "--tokens", "80000", "--limit", "2"],
  ...["--runs", runs],
];

/** Starts a queue, and sends it a signal as soon as its training has played a round. @returns how it ended */
async function stopped(
  runs: string,
  signal: "SIGTERM" | "SIGKILL",
): Promise<{ readonly code: number | null; readonly training: string }> {
  const child = spawn(process.execPath, queueIn(runs), { stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const trainings = () =>
    readdirSync(runs)
      .map((name) => join(runs, name, "train"))
      .filter((training) => existsSync(join(training, "metrics.jsonl")));
  while (trainings().length === 0 && child.exitCode === null) await sleep(100);
  child.kill(signal);
  return { code: await ended, training: trainings()[0]! };
}

function summaryIn(runs: string): Summary {
  return JSON.parse(readFileSync(join(runs, "results/fixed-reference-0.json"), "utf8")) as Summary;
}

/** What a queue came to that was stopped once and went on. */
let stoppedOnce: { readonly runs: string; readonly summary: Summary };

it(
  "goes on where it was stopped, leaves a summary for each run, and makes none twice",
  async () => {
    const runs = temporaryFolder();
    const { code } = await stopped(runs, "SIGTERM");
    expect(code).toBe(130);
    const results = join(runs, "results");
    expect(readdirSync(results)).toEqual(["untrained-0.json"]);

    const { stdout, stderr } = succeeded(await runProgram(process.execPath, queueIn(runs)));
    expect(stdout).toMatch(/^fixed-reference-0 \(2 of 2\): .*fixed-reference-0\.json\n$/);
    expect(stderr).toContain("--resume");
    const summary = summaryIn(runs);
    stoppedOnce = { runs, summary };
    const { tokens, evaluation, curve, episodes } = summary;
    expect(tokens.rollouts + tokens.learning).toBeGreaterThanOrEqual(40_000);
    expect(curve.at(-1)).toMatchObject({ tokens: tokens.rollouts + tokens.learning, episodes });
    expect(evaluation.ids).toHaveLength(2);
    expect(Object.keys(evaluation.columns)).toEqual(["answer_f1", "answer_em", "support_f1"]);
    expect(summary.commands[0]).toMatch(
      /^flowc train flows\/musique-answerable\.flow --data flows\/data\/train-apart/,
    );

    const again = succeeded(await runProgram(process.execPath, queueIn(runs)));
    expect(again).toMatchObject({ stdout: "", stderr: "" });
    const listed = succeeded(await runProgram(process.execPath, [...queueIn(runs), "--list"]));
    expect(listed.stdout.match(/ finished /g)).toHaveLength(2);
  },
  PATIENCE,
);

it(
  "waits for a training that outlived its queue, goes on with one that was killed too, and leaves the run of another queue to it",
  async () => {
    const runs = temporaryFolder();
    const { code, training } = await stopped(runs, "SIGKILL");
    expect(code).toBeNull();
    const orphan = RunLock.holder(training);
    expect(orphan).toBeGreaterThan(0);

    // The next queue finds it at work; that one is killed together with the training.
    const second = spawn(process.execPath, queueIn(runs), { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    for await (const chunk of second.stderr) {
      said += String(chunk);
      if (said.includes("waiting for process")) break;
    }
    expect(said).toContain(`waiting for process ${orphan}, which still trains in ${training}`);
    const other = await runProgram(process.execPath, queueIn(runs));
    expect(other).toMatchObject({ code: 1, stdout: "" });
    expect(other.stderr).toContain(`process ${second.pid} is writing to this run`);
    second.kill("SIGKILL");
    process.kill(orphan!, "SIGKILL");

    succeeded(await runProgram(process.execPath, queueIn(runs)));
    const { seconds: _, ...killed } = summaryIn(runs);
    const { seconds: __, ...interrupted } = stoppedOnce.summary;
    expect(JSON.stringify(killed).replaceAll(runs, stoppedOnce.runs)).toBe(JSON.stringify(interrupted));
  },
  PATIENCE,
);

it("tells its options and its arms, and refuses others", async () => {
  const asked = (...args: readonly string[]) => runProgram(process.execPath, [program, ...args]);
  const { stdout } = succeeded(await asked("--help"));
  for (const name of ["--only", "--seeds", "--tokens", "--quick", "--list"]) expect(stdout).toContain(name);
  for (const [args, why] of [
    [["--onyl", "x"], /--onyl/],
    [["--only", "deviation"], /^experiments: there is no arm deviation; there are untrained, deviations, /],
    [["--seeds", "x"], /--seeds takes numbers/],
    [["--tokens", "0"], /whole number above 0/],
  ] as const) {
    const { code, stderr } = await asked(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(why);
    expect(stderr).toContain("Usage: npm run experiments");
  }
});
