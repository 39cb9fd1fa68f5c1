import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { musique, run, succeeded, weak } from "./support.js";

const folder = temporaryFolder();
const paragraphs = [
  { idx: 3, title: "Paris", body: "Paris is the capital of France." },
  { idx: 5, title: "Rome", body: "Rome is the capital of Italy." },
];
const input = JSON.stringify({ question: "What is the capital of Italy?", paragraphs });

function mocks(text: string): string {
  const path = join(folder, "mocks.yaml");
  writeFileSync(path, text);
  return path;
}

const answers = `query: [first, second]
relevant: [1, 0]
enough: no
musique_answerable/enough#0@2: yes
draft: It is Rome.
final: Rome
`;

describe("flowc run", () => {
  it("plays a flow with mocked agents: the result on standard output, the trace on standard error", async () => {
    const outcome = await run(["run", musique, "--input", input, "--mocks", mocks(answers)]);
    expect(outcome).toEqual({
      code: 0,
      stdout: '{"answer":"Rome","support":[5,3]}\n',
      stderr: `musique_answerable/query#0@1 "first"
musique_answerable/relevant#0@1 takes 1
musique_answerable/enough#0@1 no
musique_answerable/query#0@2 "second"
musique_answerable/relevant#0@2 takes 0
musique_answerable/enough#0@2 yes
musique_answerable/draft#0@ "It is Rome."
musique_answerable/final#0@ "Rome"
`,
    });
  });

  it("takes the input from a file and from standard input, and traces JSON lines", async () => {
    const path = join(folder, "input.json");
    writeFileSync(path, input);
    const asked = ["run", musique, "--mocks", mocks(answers), "--json", "--input"];
    const fromFile = succeeded(await run([...asked, path]));
    expect(await run([...asked, "-"], { stdin: input })).toEqual(fromFile);
    const trace = fromFile.stderr.trim().split("\n");
    expect(JSON.parse(trace[1]!)).toEqual({
      id: "musique_answerable/relevant#0@1",
      reply: { kind: "pick", candidate: 1 },
    });
  });

  it("runs the code of a module beside the flow only where that is allowed", async () => {
    const flow = join(folder, "extern.flow");
    const declared = 'extern function twice(x: int) -> int from "./twice.ts"\n';
    writeFileSync(flow, `${declared}flow main(x: int) -> int { return twice(x) }\n`);
    writeFileSync(join(folder, "twice.ts"), "export const twice = (x: number): number => 2 * x;\n");
    const asked = ["run", flow, "--input", '{"x":3}', "--mocks", mocks("{}")];
    const refused = await run(asked);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("runs the code of ./twice.ts: say --allow-extern if you trust it");
    expect(succeeded(await run([...asked, "--allow-extern"])).stdout).toBe("6\n");
  });

  describe("with effects", () => {
    const shop = "flows/examples/shop.flow";
    const asked = ["run", shop, "--input", '{"wish":"tea"}', "--mocks"];
    const agents = "suits: [0, 1]\nenough: [no, yes]\n";

    it("has their modules do them where that is allowed, each from the state that the one before it left", async () => {
      const dearest = agents.replace("[0, 1]", "[3, 0]");
      const done = succeeded(await run([...asked, mocks(dearest), "--allow-extern"]));
      expect(done.stdout).toBe('["kettle","tea"]\n');
      expect(done.stderr).toContain('shop/look#0@2 [{"name":"tea","price":3}]\n');
    });

    it("takes what they give from the mocks, and runs no code for it", async () => {
      const given = `${agents}buy: [true, false]\nlook: [[{ name: tea, price: 1 }]]\nshop/look#0@2: [[{ name: tea, price: 1 }, { name: mug, price: 2 }]]\n`;
      const done = succeeded(await run([...asked, mocks(given)]));
      expect(done.stdout).toBe('["tea"]\n');
      expect(done.stderr).toContain("shop/buy#0@2 false\n");
    });

    it("says what is neither mocked nor allowed, and what does not fit", async () => {
      const unsaid = await run([...asked, mocks(agents)]);
      expect(unsaid.code).toBe(1);
      expect(unsaid.stderr).toContain("nothing is said for shop/look#0@1; add what look, shop/look#0");
      expect(unsaid.stderr).toContain("or say --allow-extern for its module to do it");
      const misfit = await run([...asked, mocks(`${agents}look: [[{ name: tea }]]\n`)]);
      expect(misfit.code).toBe(1);
      expect(misfit.stderr).toMatch(/mocks\.yaml:3:8 look gives something else: \[0\]\.price is missing/);
    });

    it("runs no module for a model unless that is allowed", async () => {
      const model = ["run", shop, "--input", '{"wish":"tea"}', "--model", weak, "--workers", "0"];
      const refused = await run(model);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("runs the code of ./shop.ts: say --allow-extern if you trust it");
      expect(JSON.parse(succeeded(await run([...model, "--allow-extern"])).stdout)).toEqual(
        expect.any(Array),
      );
    });
  });

  it("plays a flow with a model", async () => {
    const { stdout, stderr } = succeeded(
      await run(["run", musique, "--input", input, "--model", weak, "--workers", "0"]),
    );
    expect(JSON.parse(stdout)).toMatchObject({ answer: expect.any(String), support: expect.any(Array) });
    const scores = [...stderr.matchAll(/relevant#0@1\?(\d+) (-?\d+\.\d{3})\n/g)];
    const best = scores.reduce((one, other) => (Number(other[2]) > Number(one[2]) ? other : one));
    expect(stderr).toMatch(/relevant#0@1\?\d+ .*\nmusique_answerable\/relevant#0@1 takes \d\nmusique_/);
    expect(stderr).toContain(`musique_answerable/relevant#0@1 takes ${best[1]}\n`);
  });

  it.each([
    ["an agent that the flow does not have", "qery: x\n", /mocks\.yaml:1:1 .*did you mean query\?/],
    [
      "a label that the agent does not have",
      "query: x\nrelevant: 0\nenough: maybe\n",
      /:3:9 enough answers with one of yes, no, not "maybe"/,
    ],
    [
      "a candidate that is not there",
      "query: x\nrelevant: 7\n",
      /:2:11 .*the place of a candidate, which may be 0, 1/,
    ],
    [
      "too few answers",
      "query: [x]\nrelevant: [0, 1]\nenough: no\n",
      /query has 1 answers, and musique_answerable\/query#0@2 wants another/,
    ],
    ["no answer at all", "query: x\n", /nothing is said for musique_answerable\/relevant#0@1/],
    ["no YAML", "query: [x\n", /mocks\.yaml:\d+:\d+ /],
    ["a list", "- x\n", /mocks\.yaml:1:1 answers are given by the names/],
  ])("refuses mocks with %s, at their place", async (_, text, message) => {
    const outcome = await run(["run", musique, "--input", input, "--mocks", mocks(text)]);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toBe("");
    expect(outcome.stderr).toMatch(message);
  });

  it("refuses an input that the flow does not take, field by field", async () => {
    const given = JSON.stringify({ question: 1, paragraphs: [{ idx: 1, title: "t" }], more: 0 });
    const { code, stderr } = await run(["run", musique, "--input", given, "--mocks", mocks(answers)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/input\.question must be string/);
    expect(stderr).toMatch(/input\.paragraphs\.0 must have required property 'body'/);
    expect(stderr).toMatch(/input must NOT have additional properties: more/);
  });

  it("refuses an input that is no JSON, or not there", async () => {
    const asked = ["run", musique, "--mocks", mocks(answers), "--input"];
    expect(await run([...asked, "{"])).toMatchObject({ code: 1, stderr: expect.stringContaining("no JSON") });
    expect(await run([...asked, "none.json"])).toMatchObject({ code: 2 });
  });

  it("wants either mocks or a model", async () => {
    expect((await run(["run", musique, "--input", input])).code).toBe(2);
    const both = ["run", musique, "--input", input, "--model", weak, "--mocks", mocks(answers)];
    expect((await run(both)).code).toBe(2);
  });

  it("takes records as YAML and as JSON, and refuses what does not fit, at its place", async () => {
    const flow = join(folder, "records.flow");
    writeFileSync(
      flow,
      `agent plan(of: text) -> { title: text, steps: list<int>, note: text? }(max_tokens: 30) { user """{{ of }}""" }
flow f(of: text) -> list<text> { return [plan(p).title for p in [of, of]] }
`,
    );
    const asked = ["run", flow, "--input", '{"of":"x"}', "--mocks"];
    const good = `plan:
  - { steps: [1, 2], title: first, note: ~ }
  - '{"title":"second","steps":[],"note":"n"}'
`;
    expect(await run([...asked, mocks(good)])).toEqual({
      code: 0,
      stdout: '["first","second"]\n',
      stderr: `f/plan#0@0 {"title":"first","steps":[1,2],"note":null}
f/plan#0@1 {"title":"second","steps":[],"note":"n"}
`,
    });
    for (const [text, message] of [
      [
        "plan: { title: a, steps: [1.5], note: b }\n",
        /:1:7 .*\.steps\[0\] is 1\.5, where a whole number is wanted/,
      ],
      ["plan: { title: a, steps: [] }\n", /\.note is missing/],
      ["plan: { title: a, steps: [], note: b, more: c }\n", /\.more is no field/],
      ["plan: words\n", /it is "words", where a record is wanted/],
    ] as const) {
      const { code, stderr } = await run([...asked, mocks(text)]);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
    }
  });

  it("gives records of a model that fit", async () => {
    const flow = join(folder, "model-records.flow");
    writeFileSync(
      flow,
      `type Found = { title: text, marks: list<good | bad>, score: float? }
agent find(of: text) -> Found(max_tokens: 60) { user """{{ of }}""" }
flow f(of: text) -> Found { return find(of) }
`,
    );
    const { stdout } = succeeded(
      await run(["run", flow, "--input", '{"of":"Rome"}', "--model", weak, "--workers", "1"]),
    );
    expect(Object.keys(JSON.parse(stdout))).toEqual(["title", "marks", "score"]);
  });

  it("takes mocks or a model, not both and not neither", async () => {
    const asked = ["run", musique, "--input", "{}"];
    expect(await run(asked)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("needs either --mocks"),
    });
    const both = await run([...asked, "--mocks", mocks(""), "--model", weak]);
    expect(both).toMatchObject({ code: 2, stderr: "flowc: run takes --mocks or --model, not both\n" });
  });

  it("ends with 1 where the flow fails on its values, and says where", async () => {
    const flow = join(folder, "fails.flow");
    writeFileSync(flow, "flow f(all: list<int>) -> int {\n  return all[5]\n}\n");
    const { code, stderr } = await run(["run", flow, "--input", '{"all":[1]}', "--mocks", mocks("")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/index 5 of a list of 1 \(at 2:10/);
  });
});
