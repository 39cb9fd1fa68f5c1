import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { jsonLines, musique, root, rowsOf, run, succeeded, weak } from "./support.js";

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

/** The declarations of a flow's agents by their names, with what is said above them. */
function agentsOf(path: string): ReadonlyMap<string, string> {
  const found = readFileSync(path, "utf8").matchAll(/^\/\/\/ [^\n]+\nagent (\w+).+?^\}$/gms);
  return new Map(Array.from(found, ([text, name]) => [name!, text]));
}

/** A declaration from its parameters on: what an agent is but for its name. */
const bodyOf = (agent: string) => agent.slice(agent.indexOf("("));

describe("flows/musique-full.flow", () => {
  it("has no fault, and of the agents that the base model knows one under a second name", async () => {
    const { stderr } = succeeded(await run(["check", full]));
    expect(stderr).toBe("1 file checked, nothing to report\n");
    succeeded(await run(["fmt", "--check", full]));
    succeeded(await run(["test", full]));
    const { sufficient, ...others } = Object.fromEntries(agentsOf(full));
    expect(Object.keys(others)).toEqual(["query", "relevant", "enough", "draft", "final"]);
    expect(others).toEqual(Object.fromEntries(agentsOf(musique)));
    expect(bodyOf(sufficient!)).toBe(bodyOf(others.enough!));
  });

  it("ends the collecting as soon as the paragraphs are enough, and answers if they suffice", async () => {
    const { stdout, stderr } = succeeded(
      await played("query: x\nrelevant: 1\nenough: yes\nsufficient: yes\ndraft: It is Rome.\nfinal: Rome\n"),
    );
    expect(JSON.parse(stdout)).toEqual({ answer: "Rome", support: [5], answerable: true });
    expect(stderr.match(/enough|sufficient/g)).toEqual(["enough", "sufficient"]);
  });

  it("declines if they do not, whatever ended the collecting", async () => {
    for (const [enough, times] of [
      ["yes", 1],
      ["no", 2],
    ] as const) {
      const { stdout, stderr } = succeeded(
        await played(`query: x\nrelevant: [1, 0]\nenough: ${enough}\nsufficient: no\n`),
      );
      expect(JSON.parse(stdout)).toEqual({ answer: "", support: [], answerable: false });
      expect(stderr.match(/enough/g)).toHaveLength(times);
    }
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
    // In the order of the file, where the rows of a pair stand beside one another.
    const asked = rowsOf(data, 10).map((line) => (JSON.parse(line) as { id: string }).id);
    expect(rows.map(({ id }) => id)).toEqual(asked);
    expect(new Set(asked).size).toBe(5);
    expect(new Set(rows.map((row) => typeof row.predicted_answerable))).toEqual(new Set(["boolean"]));
  });
});
