import { join } from "node:path";
import { expect, it } from "vitest";
import { reportPage } from "../../cli/report/page.js";
import { readRun } from "../../cli/report/read-run.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { episode, evaluation, round, writeRun } from "./support.js";

const many = (count: number) => Array.from({ length: count }, (_, i) => i);

it("a page stays a page, whatever a run's files hold many of", async () => {
  const run = join(temporaryFolder(), "many");
  const names = (prefix: string, value: unknown) =>
    Object.fromEntries(many(5000).map((i) => [`${prefix}${i}`, value]));
  const query = { pairs: 1, greedyWon: 0, gap: 1, loss: 1, accuracy: 1, advantage: 1, largestMove: 1 };
  const long = "x".repeat(20_000);
  writeRun(run, {
    manifest: { flow: { name: "main" }, settings: { episodes: 1e6 }, agents: Object.keys(names("agent", 1)) },
    events: [
      episode(0, {
        metrics: names("metric", 0.5),
        asked: names("asked", "?"),
        said: many(500).map(() => ["p@", "query", long]),
      }),
      ...many(3000).map((i) => episode(i % 2 === 0 ? i * 1e9 : -i, { metrics: {} })),
      ...many(2000).map((i) => ({ type: "reference", round: i, agent: `agent${i}` })),
      ...many(2000).map((i) => ({ type: "lost", round: i, task: long, problem: long })),
      ...many(2000).map((i) => ({ type: `kind${i}`, what: long })),
      ...many(500).map(() => ({ ...episode(0), type: "revisit" })),
    ],
    metrics: [
      ...many(3000).map((i) => round(i, { agents: { query }, episodes: i % 2 === 0 ? i * 1e9 : 1 })),
      round(3000, { agents: names("other", query) }),
      ...many(3000).map((i) => evaluation(i, i, true)),
    ],
  });
  const began = performance.now();
  const page = reportPage(await readRun(run), "many");
  expect(page.length).toBeLessThan(6_000_000);
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(page).toContain("Lost (2,000)");
  expect(page).toContain("The first 30 of 2,000.");
  expect(page).toContain("Other events: (more types) (1,950)");
  expect(page).not.toMatch(/NaN|undefined/);
});
