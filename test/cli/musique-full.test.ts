import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { jsonLines, musique, root, run, succeeded, weak } from "./support.js";

const folder = temporaryFolder();
const full = join(root, "flows/musique-full.flow");
const data = join(root, "flows/data/full-monitor.jsonl.gz");
const paragraphs = [
  { idx: 3, title: "Paris", body: "a city that is the capital of France" },
  { idx: 5, title: "Rome", body: "a city that is the capital of Italy" },
];
const input = JSON.stringify({ question: "capital of Italy?", paragraphs });

function played(mocks: string) {
  const path = join(folder, "mocks.yaml");
  writeFileSync(path, mocks);
  return run(["run", full, "--input", input, "--mocks", path]);
}

/** The declarations of the agents, with what is said above them. */
function agentsOf(path: string): string {
  const text = readFileSync(path, "utf8");
  return text.slice(text.indexOf("/// The next thing to look up."), text.indexOf("flow musique_"));
}

describe("flows/musique-full.flow", () => {
  it("has no fault, and the agents of musique-answerable.flow, which the base model knows", async () => {
    const { stderr } = succeeded(await run(["check", full]));
    expect(stderr).toBe("1 file checked, nothing to report\n");
    succeeded(await run(["fmt", "--check", full]));
    succeeded(await run(["test", full]));
    expect(agentsOf(full)).toBe(agentsOf(musique));
  });

  it("ends with an answer as soon as the paragraphs are enough", async () => {
    const { stdout } = succeeded(
      await played("query: x\nrelevant: 1\nenough: yes\ndraft: It is Rome.\nfinal: Rome\n"),
    );
    expect(JSON.parse(stdout)).toEqual({ answer: "Rome", support: [5], answerable: true });
  });

  it("declines if they never are", async () => {
    const { stdout, stderr } = succeeded(await played("query: x\nrelevant: [1, 0]\nenough: no\n"));
    expect(JSON.parse(stdout)).toEqual({ answer: "", support: [], answerable: false });
    expect(stderr.match(/enough/g)).toHaveLength(2);
  });

  it("is played on MuSiQue-Full, pair by pair", async () => {
    const out = join(folder, "eval");
    const args = ["eval", full, "--data", data, "--limit", "5", "--model", weak, "--out", out];
    const { stdout } = succeeded(await run(args));
    expect(stdout).toMatch(
      /^sufficiency +\d\.\d{3} \[.*\n(?:.*\n)*group_answer_sufficiency_f1 +\d\.\d{3} \[/m,
    );
    expect(stdout).toMatch(/^5 questions in /m);
    const predictions = readFileSync(join(out, "predictions.jsonl"), "utf8");
    const rows = jsonLines<{ id: string; predicted_answerable: boolean }>(predictions);
    expect(rows).toHaveLength(10);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(5);
    expect(new Set(rows.map((row) => typeof row.predicted_answerable))).toEqual(new Set(["boolean"]));
  });
});
