import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { board, lasting } from "./run-folder.js";
import { jsonLines, monitor, musique, rowsOf, run, signalAt, succeeded, weak } from "./support.js";
import { data, folder, PATIENCE, settings, training } from "./training.js";

describe("flowc train --held-out", () => {
  const held = join(folder, "held-out.jsonl");
  const evaluating = join(folder, "evaluating.yaml");
  writeFileSync(held, rowsOf(monitor, 3).join("\n"));
  writeFileSync(
    evaluating,
    `${readFileSync(settings, "utf8")}evaluation: { every: 1 }\nstrata: even\noptimizer: { kind: adamw, lr: 0.05 }\n`,
  );
  const evaluated = (out: string, ...more: readonly string[]) =>
    training(out, "--workers", "0", "--config", evaluating, "--held-out", held, ...more);

  interface Report {
    readonly type: string;
    readonly rounds: number;
    readonly reward: number;
    readonly best: boolean;
  }

  it(
    "evaluates, keeps the adapters of the best evaluation alone, and is resumed to the same bytes",
    async () => {
      const [out, killed] = [join(folder, "evaluated"), join(folder, "evaluated-killed")];
      const { stderr } = succeeded(await run(evaluated(out)));
      const reports = jsonLines<Report>(lasting(out).get("metrics.jsonl")!).filter(
        ({ type }) => type === "evaluation",
      );
      expect(reports.map(({ rounds }) => rounds)).toEqual([0, 1, 2, 3]);
      const best = reports.findLast((report) => report.best)!;
      const name = `round-00000${best.rounds}`;
      expect(readdirSync(join(out, "best"))).toEqual([name]);
      const { type: _, ...kept } = best;
      expect(JSON.parse(lasting(out).get(`best/${name}/evaluation.json`)!)).toEqual(kept);
      expect(stderr).toContain(
        `best evaluation: reward ${best.reward.toFixed(3)} after round ${best.rounds}; adapters in ${join(out, "best", name)}`,
      );
      expect(stderr).toMatch(
        /^flowc: after round 0: reward 0\.\d{3} ± 0\.\d{3} on 3 held-out tasks, the best so far$/m,
      );
      // What was kept earns what was told.
      const asked = ["eval", musique, "--data", held, "--model", weak, "--workers", "0", "--json"];
      const evaluation = JSON.parse(
        succeeded(await run([...asked, "--adapters", join(out, "best", name)])).stdout,
      );
      expect(0.8 * evaluation.answer_f1 + 0.2 * evaluation.support_f1).toBeCloseTo(best.reward, 9);
      const watch = signalAt("SIGKILL", ({ type, round }) => type === "update" && round === 2);
      await run(evaluated(killed, "--json"), { watch });
      succeeded(await run(evaluated(killed, "--resume")));
      expect(lasting(killed)).toEqual(lasting(out));
      expect(board(killed)).toEqual(board(out));
      const shown = board(out).flatMap(([step, scalars]) => {
        const reward = new Map(scalars).get("held_out/reward");
        return reward === undefined ? [] : [[step, reward]];
      });
      expect(shown).toEqual(reports.map(({ rounds, reward }) => [2 * rounds, Math.fround(reward)]));
    },
    PATIENCE,
  );

  it("says which questions are learned from as well", async () => {
    const out = join(folder, "contaminated");
    const { stderr } = succeeded(
      await run(training(out, "--workers", "0", "--episodes", "2", "--held-out", data)),
    );
    expect(stderr).toMatch(/^flowc: 6 of the questions in .* are learned from as well, e\.g\. 2hop__/m);
  });

  it.each([
    [
      "evaluation: { patience: 2 }",
      "evaluation.patience needs held-out questions to evaluate on; give them with --held-out",
    ],
    ["strata: held-out", "strata: there are no held-out tasks to match"],
    ["strata: { 9hop: 1 }", 'strata: there are no tasks of the stratum "9hop"; there are 2hop'],
  ])("refuses settings that it cannot meet: %s", async (text, message) => {
    const asking = join(folder, "asking.yaml");
    writeFileSync(asking, `${text}\n`);
    const { code, stderr } = await run(training(join(folder, "nowhere"), "--config", asking));
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});
