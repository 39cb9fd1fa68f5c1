import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Summary } from "../../flows/experiments/summary.js";
import { root, runProgram, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** Milliseconds: trainings and evaluations, if small ones. */
const PATIENCE = 300_000;

const program = join(root, "dist/flows/experiments/main.js");

it(
  "goes on where it was stopped, leaves a summary for each run, and makes none twice",
  async () => {
    const runs = temporaryFolder();
    const args = [
      ...[
        program,
        "--only",
        "untrained,fixed-reference",
        "--seeds",
        "0",
        "--tokens",
        "80000",
        "--limit",
        "2",
      ],
      ...["--runs", runs],
    ];
    const logs = () =>
      readdirSync(runs)
        .map((name) => join(runs, name, "train/metrics.jsonl"))
        .filter(existsSync);
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    const watch = setInterval(() => {
      if (logs().length === 0) return;
      clearInterval(watch);
      child.kill("SIGTERM");
    }, 100);
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(code).toBe(130);
    const results = join(runs, "results");
    expect(readdirSync(results)).toEqual(["untrained-0.json"]);

    const { stdout, stderr } = succeeded(await runProgram(process.execPath, args));
    expect(stdout).toMatch(/^fixed-reference-0 \(2 of 2\): .*fixed-reference-0\.json\n$/);
    expect(stderr).toContain("--resume");
    const summary = JSON.parse(readFileSync(join(results, "fixed-reference-0.json"), "utf8")) as Summary;
    const { tokens, evaluation, curve, episodes } = summary;
    expect(tokens.rollouts + tokens.learning).toBeGreaterThanOrEqual(40_000);
    expect(curve.at(-1)).toMatchObject({ tokens: tokens.rollouts + tokens.learning, episodes });
    expect(evaluation.ids).toHaveLength(2);
    expect(Object.keys(evaluation.columns)).toEqual(["answer_f1", "answer_em", "support_f1"]);
    expect(summary.commands[0]).toMatch(
      /^flowc train flows\/musique-answerable\.flow --data flows\/data\/train-20/,
    );

    const again = succeeded(await runProgram(process.execPath, args));
    expect(again).toMatchObject({ stdout: "", stderr: "" });
    const listed = succeeded(await runProgram(process.execPath, [...args, "--list"]));
    expect(listed.stdout.match(/ finished /g)).toHaveLength(2);
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
