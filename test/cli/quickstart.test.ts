import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { root, runProgram, succeeded } from "./support.js";

/** Milliseconds; it is a training and two evaluations. */
const PATIENCE = 240_000;

it(
  "the quickstart compiles, evaluates, trains, evaluates again and writes its summary",
  async () => {
    const out = join(temporaryFolder(), "quickstart");
    const program = join(root, "dist/flows/quickstart.js");
    const args = [program, "--episodes", "8", "--limit", "8", "--out", out];
    const { stdout } = succeeded(await runProgram(process.execPath, args));
    const { before, after, gain, gain_ci, episodes, seconds } = JSON.parse(
      readFileSync(join(out, "summary.json"), "utf8"),
    ) as Record<string, number> & { readonly gain_ci: readonly [number, number] };
    expect(gain).toBeCloseTo(after! - before!, 12);
    expect(gain_ci[0]).toBeLessThanOrEqual(gain!);
    expect(gain_ci[1]).toBeGreaterThanOrEqual(gain!);
    expect(episodes).toBe(8);
    expect(seconds).toBeGreaterThan(0);
    expect(stdout).toContain(`${join(out, "train/report.html")}: complete, 8 of 8 episodes`);
    expect(stdout).toMatch(/answer F1 before 0\.\d{3}, after 0\.\d{3}: gain .* 95 % interval \[/);
  },
  PATIENCE,
);

it("the quickstart tells its options, and refuses others", async () => {
  const quickstart = (option: string) =>
    runProgram(process.execPath, [join(root, "dist/flows/quickstart.js"), option]);
  const { stdout } = succeeded(await quickstart("--help"));
  for (const name of ["--episodes", "--limit", "--out", "--seed"]) expect(stdout).toContain(name);
  const { code, stderr } = await quickstart("--episods");
  expect(code).toBe(2);
  expect(stderr).toMatch(/^quickstart: .*--episods[\s\S]*\n\nUsage: npm run quickstart/);
  expect(stderr).not.toMatch(/^\s+at /m);
});
