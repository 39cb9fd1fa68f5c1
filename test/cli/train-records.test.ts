import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jsonLines, run, succeeded, weak } from "./support.js";
import { data, folder, PATIENCE } from "./training.js";

describe("flowc train of a flow with records and a judge", () => {
  const flow = join(folder, "judged.flow");
  // Arbitrary, but so that different records name different paragraphs, some of which earn something.
  writeFileSync(
    flow,
    `type Paragraph = { idx: int, title: text, body: text }
type Answer = { answer: text, support: list<int> }
type Note = { sure: bool, why: text }
agent note(question: text, of: text) -> Note(max_tokens: 30) {
  example { question: "Who?", of: "A" } -> { sure: true, why: "a" }
  user """{{ question }} {{ of }}"""
}
judge better(a: text, b: text) -> first | second { user """{{ a }} or {{ b }}""" }
flow judged(question: text, paragraphs: list<Paragraph>) -> Answer {
  let a = note(question, paragraphs[0].title)
  let b = note(question, paragraphs[1].title)
  var taken = a.why
  branch better(a.why, b.why) {
    first -> pass
    second -> set taken = b.why
  }
  return { answer: "", support: [p.idx for p in paragraphs if p.idx % 3 == len(taken) % 3] }
}
`,
  );
  const settings = join(folder, "judged.yaml");
  writeFileSync(
    settings,
    `episodes: 6
episodes_per_round: 3
alternatives: { generate: 3, draws: 8 }
adapter: { rank: 2 }
`,
  );
  const asked = (out: string) => [
    ...["train", flow, "--data", data, "--model", weak, "--config", settings, "--seed", "1"],
    ...["--workers", "1", "--out", out],
  ];

  it(
    "trains the agent, and leaves the judge alone",
    async () => {
      const out = join(folder, "judged");
      succeeded(await run(asked(out)));
      expect(readdirSync(join(out, "adapters"))).toEqual(["note"]);
      const events = jsonLines<{ type: string; agent?: string }>(
        readFileSync(join(out, "events.jsonl"), "utf8"),
      );
      const pairs = events.filter(({ type }) => type === "pair").map(({ agent }) => agent);
      expect(new Set(pairs)).toEqual(new Set(["note"]));
      expect(events.some(({ type, agent }) => type === "update" && agent === "note")).toBe(true);
    },
    PATIENCE,
  );

  it("refuses to train a judge", async () => {
    const { code, stderr } = await run([...asked(join(folder, "no-run")), "--agents", "better"]);
    expect(code).toBe(1);
    expect(stderr).toContain("better is a judge, which is not trained");
  });
});
