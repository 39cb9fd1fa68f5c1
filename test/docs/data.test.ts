import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MusiqueSimulator, readMusique } from "../../runtime/simulator/index.js";
import { root, run, succeeded, weak } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { blocksOf } from "./markdown.js";

const page = readFileSync(join(root, "docs/data.md"), "utf8");
const row = JSON.parse(blocksOf(page, "json")[0]!) as Readonly<Record<string, unknown>>;
const folder = temporaryFolder();

function written(name: string, value: unknown): string {
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, `${JSON.stringify(value)}\n`);
  return path;
}

describe("the page on data", () => {
  it("shows a row with every required field, and names no other as required", async () => {
    const shown = [...page.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    const optional = "question_decomposition";
    const required = Object.keys(row);
    expect(shown.filter((name) => name !== optional && !/_(?:f1|em)$/.test(name!))).toEqual(
      required.filter((name) => name !== optional),
    );
    for (const name of required) {
      const { [name]: _, ...lacking } = row;
      await expect(readMusique(written(name, lacking)), name).rejects.toThrow(`"${name}" is missing`);
    }
  });

  it("tells the reward with its default weights", async () => {
    const simulator = new MusiqueSimulator(await readMusique(written("row", row)));
    const [task] = simulator.tasks;
    const reward = (result: Parameters<typeof simulator.judge>[1]) => simulator.judge(task!, result).reward;
    expect(page).toMatch(/`answer_f1` +\| 0\.8 [\s\S]*`answer_em` +\| 0 [\s\S]*`support_f1` +\| 0\.2 /);
    expect(reward({ answer: "norwegian Krone!", support: [] })).toBeCloseTo(0.8);
    expect(reward({ answer: "", support: [2, 1] })).toBeCloseTo(0.2);
    expect(reward({ answer: "NOK", support: [1, 2], answerable: false })).toBe(0);
  });

  it("has a flow that is measured on the row", async () => {
    const flow = join(folder, "answer.flow");
    writeFileSync(flow, blocksOf(page, "flow")[0]!);
    succeeded(await run(["fmt", "--check", flow]));
    const { stdout } = succeeded(await run(["eval", flow, "--data", written("row", row), "--model", weak]));
    expect(stdout).toMatch(/^support_f1 +0\.800/m);
  });
});
