import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModelLearner, parseSettings } from "../../runtime/learner/index.js";
import { writeAdapter } from "../../runtime/policy/adapter/peft.js";
import { LanguageModel } from "../../runtime/policy/language-model.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import {
  llama,
  monitor,
  musique,
  type Outcome,
  program,
  root,
  rowsOf,
  run,
  runProgram,
  succeeded,
  weak,
} from "./support.js";

const folder = temporaryFolder();
const rows = rowsOf(monitor, 2);

/** Writes a file into this test's folder. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A copy of the reference model that a test may damage. */
function model(name: string): string {
  const path = join(folder, name);
  cpSync(llama, path, { recursive: true });
  return path;
}

/** A mistake of the user: its message and exit code, no stack trace, nothing on standard output. */
function expectMistake({ code, stdout, stderr }: Outcome, exit: number, message: string | RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(stderr).not.toContain("bug in flowc");
  expect({ code, stdout }).toEqual({ code: exit, stdout: "" });
}

describe("a flow with mistakes", () => {
  const agent = 'agent ask(q: text) -> text(max_tokens: 5) { user """{{ q }}""" }\n';
  const flows = [
    ["a syntax error", `${agent}flow main(q: text) -> text {\n  retrun ask(q)\n}\n`, /3:3 error F\d+/],
    ["a type error", `${agent}flow main(q: text) -> int {\n  return ask(q)\n}\n`, /3:10 error F\d+/],
    [
      "an unknown agent",
      `${agent}flow main(q: text) -> text {\n  return aks(q)\n}\n`,
      /3:10 error F\d+ .*aks/,
    ],
    [
      "a call of itself",
      `${agent}flow main(q: text) -> text {\n  return main(q)\n}\n`,
      /2:6 error F\d+ .*main -> main/,
    ],
  ] as const;

  it.each(flows)("is not compiled: %s", async (name, text, message) => {
    const flow = file(`${name}.flow`, text);
    const out = join(folder, `${name} out`);
    const outcome = await run(["compile", flow, "--out", out]);
    expectMistake(outcome, 1, message);
    expect(outcome.stderr).toContain(flow);
    expect(existsSync(out)).toBe(false);
  });

  it.each(["eval", "train"])("is not played by flowc %s", async (verb) => {
    const flow = file("mistaken.flow", flows[1][1]);
    const out = join(folder, `mistaken ${verb}`);
    const outcome = await run([verb, flow, "--data", monitor, "--model", weak, "--out", out]);
    expectMistake(outcome, 1, flows[1][2]);
    expect(existsSync(out)).toBe(false);
  });

  it("is not played where the file lacks the flow named", async () => {
    const outcome = await run(["eval", musique, "--flow", "nobody", "--data", monitor, "--model", weak]);
    expectMistake(outcome, 1, /error F\d+ .*nobody/);
  });

  it("is refused where it does not take the questions", async () => {
    const flow = file("other.flow", `${agent}flow main(q: text) -> text {\n  return ask(q)\n}\n`);
    for (const verb of ["eval", "train"]) {
      const out = join(folder, `other ${verb}`);
      // Before the data is looked at, which is missing here.
      const outcome = await run([verb, flow, "--data", "none", "--model", weak, "--out", out]);
      expectMistake(
        outcome,
        1,
        /the flow main takes q; eval, credit and train need a flow that takes question: text/,
      );
      expect(outcome.stderr).toContain("docs/data.md");
      expect(existsSync(out)).toBe(false);
    }
  });

  const types = "type P = { idx: int, title: text, body: text }\n";
  const misfits = [
    ["paragraphs: list<text>", "text", '"x"', /takes something else: input\/paragraphs\/0 must be string/],
    ["paragraphs: list<P>", "text", '"x"', /gives no record/],
    [
      "paragraphs: list<P>",
      "{ answer: int, support: list<int> }",
      "{ answer: 1, support: [] }",
      /no answer that/,
    ],
    ["paragraphs: list<P>", "{ answer: text }", '{ answer: "x" }', /gives no support that is a list of int/],
    [
      "paragraphs: list<P>",
      "{ answer: text, support: list<int>, answerable: text }",
      '{ answer: "x", support: [1], answerable: "yes" }',
      /gives an answerable that is neither/,
    ],
  ] as const;

  it.each(misfits)(
    "is refused where it takes or gives something else: %s -> %s",
    async (takes, gives, value, problem) => {
      const flow = file(
        "misfit.flow",
        `${types}flow main(question: text, ${takes}) -> ${gives} {\n  return ${value}\n}\n`,
      );
      expectMistake(await run(["eval", flow, "--data", monitor, "--model", weak]), 1, problem);
    },
  );
});

describe("data with mistakes", () => {
  const { question: _, ...lacking } = JSON.parse(rows[1]!) as Record<string, unknown>;
  const cases = [
    ["a row with missing fields", `${rows[0]}\n${JSON.stringify(lacking)}\n`, /:2: .*question/],
    ["a line that is no JSON", `${rows[0]}\n{"id":\n`, /:2: /],
    ["no rows", "", /empty.jsonl|no row|no question/],
    ["half of a gzip file", "", /not a whole gzip file/],
  ] as const;
  it.each(cases)("end an evaluation and a training: %s", async (name, text, message) => {
    const data = file(`${name}.jsonl`, text);
    if (name.startsWith("half")) writeFileSync(data, readFileSync(monitor).subarray(0, 20_000));
    for (const verb of ["eval", "train"]) {
      const out = join(folder, `${name} ${verb}`);
      const outcome = await run([verb, musique, "--data", data, "--model", weak, "--out", out]);
      expectMistake(outcome, 1, message);
      expect(outcome.stderr).toContain(data);
      expect(existsSync(out)).toBe(false);
    }
  });
});

describe("a model that cannot be used", () => {
  const line = '{"id":1,"prompt":"a","completion":"b"}\n';

  it("lacks its weights", async () => {
    const path = join(folder, "weightless");
    cpSync(llama, path, { recursive: true, filter: (from) => !from.endsWith("llama/model.safetensors") });
    expectMistake(
      await run(["score", "--model", path], { stdin: line }),
      1,
      /weightless.*model\.safetensors/,
    );
    const out = join(folder, "weightless out");
    const outcome = await run(["train", musique, "--data", monitor, "--model", path, "--out", out]);
    expectMistake(outcome, 1, /weightless.*model\.safetensors/);
    expect(existsSync(out)).toBe(false);
  });

  it("has truncated weights", async () => {
    const path = model("truncated");
    truncateSync(join(path, "model.safetensors"), 100_000);
    expectMistake(
      await run(["score", "--model", path], { stdin: line }),
      1,
      /truncated\/model\.safetensors: /,
    );
  });

  it("is not there", async () => {
    const path = join(folder, "nowhere");
    expectMistake(await run(["score", "--model", path], { stdin: line }), 1, path);
    const outcome = await run(["eval", musique, "--data", monitor, "--limit", "1", "--model", path]);
    expectMistake(outcome, 1, path);
  });

  it("has an adapter of another base", async () => {
    const adapter = join(llama, "adapter");
    const outcome = await run(["score", "--model", weak, "--adapter", adapter], { stdin: line });
    expectMistake(outcome, 1, /adapter: .*another base model/);
  });

  it("has an adapter of another base of the same shape", async () => {
    const saturated = join(root, "flows/base/saturated");
    const model = await LanguageModel.load({ folder: weak, workers: 0 });
    const parsed = parseSettings("adapter: { rank: 2 }");
    if (!parsed.ok) throw new Error("the settings are not accepted");
    const learner = await LanguageModelLearner.create(model, ["query"], parsed.settings);
    const adapter = join(folder, "of-weak", "query");
    const base = { name: weak, digest: model.weightsDigest };
    writeAdapter(adapter, learner.adapter("query"), model.config, base);
    await model.close();
    const scored = ["score", "--adapter", adapter, "--model"];
    succeeded(await run([...scored, weak], { stdin: line }));
    expectMistake(await run([...scored, saturated], { stdin: line }), 1, /query: .*another base model/);
    const asked = ["--data", monitor, "--limit", "1", "--model", saturated, "--adapters"];
    expectMistake(await run(["eval", musique, ...asked, join(folder, "of-weak")]), 1, /another base model/);
  });

  const installed = existsSync(join(root, "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8"));
  it.skipIf(installed)("is asked for a backend that is not installed", async () => {
    const outcome = await run(["score", "--model", llama, "--backend", "cuda"], { stdin: line });
    expectMistake(outcome, 1, /backend cuda cannot start here/);
  });
});

describe("a folder that is a file", () => {
  it.each([
    ["compile", ["compile", musique, "--out"]],
    ["train", ["train", musique, "--data", monitor, "--model", weak, "--out"]],
    ["eval", ["eval", musique, "--data", monitor, "--model", weak, "--out"]],
  ])("is refused by flowc %s", async (_, asked) => {
    const out = file("a file", "kept");
    expectMistake(await run([...asked, out]), 1, "a file: cannot be written (a file stands where a folder");
    expect(readFileSync(out, "utf8")).toBe("kept");
  });
});

describe("settings with mistakes", () => {
  it.each([
    ["an unknown key", "seed: 1\nbeta: 0.5\n  \nbetta: 2\n", /settings\.yaml:4:1 error .*betta/],
    [
      "a misspelt key",
      "episods: 1\n",
      /settings\.yaml:1:1 error unknown key episods; did you mean episodes\?\n/,
    ],
    ["one further in", "adapter:\n  targts: []\n", /unknown key adapter\.targts; did you mean targets\?\n/],
    ["a wrong value", "seed: 1\nadapter: { rank: -1 }\n", /settings\.yaml:2:18 error .*rank/],
    ["no YAML", "seed: [1\n", /settings\.yaml:\d+:\d+ error /],
  ])("end a training: %s", async (_, text, message) => {
    const config = file("settings.yaml", text);
    const out = join(folder, "settings out");
    const asked = ["--data", monitor, "--model", weak, "--out", out, "--config", config];
    expectMistake(await run(["train", musique, ...asked]), 1, message);
    expect(existsSync(out)).toBe(false);
  });

  it("are missing", async () => {
    const config = join(folder, "none.yaml");
    const asked = ["--data", monitor, "--model", weak, "--out", join(folder, "x"), "--config", config];
    expectMistake(await run(["train", musique, ...asked]), 2, /none\.yaml: /);
  });
});

/** A file system of so many bytes in this test's folder. */
function mount(path: string, size: string): void {
  mkdirSync(path, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path], { stdio: "ignore" });
}

function unmount(path: string): void {
  execFileSync("umount", [path]);
}

/** Whether this process may mount at all: root on Linux, as a rule. */
function mayMount(): boolean {
  const path = join(folder, "probe");
  try {
    mount(path, "4k");
    unmount(path);
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!existsSync("/dev/full"))("standard output that cannot be written ends a verb", async () => {
  const line = '{"id":1,"prompt":"a","completion":"b"}';
  const asked = `echo '${line}' | "$0" "$1" score --model "$2" --workers 0 > /dev/full`;
  const outcome = await runProgram("sh", ["-c", asked, process.execPath, program, llama]);
  expectMistake(outcome, 1, "flowc: standard output: cannot be written (the disk is full)\n");
});

describe("a full disk", () => {
  const small = join(folder, "small");
  const medium = join(folder, "medium");
  const allowed = mayMount();
  const title = allowed ? "" : " (skipped: mounting a small disk is not allowed here)";

  beforeAll(() => {
    if (!allowed) return;
    mount(small, "16k");
    mount(medium, "600k");
  });
  afterAll(() => {
    if (!allowed) return;
    unmount(small);
    unmount(medium);
  });

  it.skipIf(!allowed)(`leaves nothing half-written by flowc compile${title}`, async () => {
    const outcome = await run(["compile", musique, "--out", join(small, "out")]);
    expectMistake(outcome, 1, /small\/out.*the disk is full/);
    expect(readdirSync(join(small, "out"))).toEqual([]);
  });

  it.skipIf(!allowed)(`takes nothing of what flowc eval prints${title}`, async () => {
    const out = join(small, "eval");
    const data = file("one.jsonl", rows[0]!);
    writeFileSync(join(small, "filler"), new Uint8Array(12_000));
    const asked = ["--data", data, "--model", weak, "--workers", "0", "--out", out, "--json"];
    const { code, stdout, stderr } = await run(["eval", musique, ...asked]);
    expect(stderr).toMatch(/small\/eval.*the disk is full/);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ questions: 1 });
    expect(readdirSync(out)).toEqual([]);
  });

  it.skipIf(!allowed)(`ends flowc train, whose checkpoints stay whole${title}`, async () => {
    const data = file("two.jsonl", rows.join("\n"));
    const config = file(
      "small.yaml",
      "episodes: 6\nepisodes_per_round: 1\ncheckpoint_every: 1\nadapter: { rank: 4 }\nalternatives: { generate: 0, choose: 1, pick: 0 }\n",
    );
    const out = join(medium, "run");
    const asked = ["--data", data, "--model", weak, "--out", out, "--workers", "0", "--config", config];
    expectMistake(await run(["train", musique, ...asked]), 1, /medium\/run\/.*disk/);
    expect(readdirSync(join(out, "checkpoints")).filter((name) => !name.endsWith(".ckpt"))).toEqual([]);
  });
});

describe("a command line with mistakes", () => {
  it.each([
    ["an unknown verb", ["complie", musique], /unknown command 'complie'[\s\S]*compile/],
    ["no verb", [], /Usage: flowc/],
    ["an unknown option", ["compile", musique, "--ou", "x"], /unknown option '--ou'[\s\S]*--out/],
    [
      "a missing option",
      ["train", musique, "--data", monitor, "--model", weak],
      /'--out <run>' not specified/,
    ],
    ["a missing argument", ["compile"], /missing required argument 'flow'/],
    ["a number that is none", ["eval", musique, "--data", monitor, "--limit", "1.5"], /whole number/],
    ["a flow that is not there", ["compile", "none.flow"], /none\.flow: there is no such file/],
    ["an unknown backend", ["score", "--model", llama, "--backend", "gpu"], /Allowed choices are auto/],
  ])("ends with 2: %s", async (_, args, message) => {
    expectMistake(await run(args), 2, message);
  });
});

describe("--help", () => {
  it("lists every verb", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const verb of ["check", "compile", "train", "eval", "score", "generate"])
      expect(stdout).toContain(`  ${verb} `);
  });

  it.each(["check", "compile", "train", "eval", "score", "generate"])(
    "shows examples of %s",
    async (verb) => {
      const { code, stdout, stderr } = await run([verb, "--help"]);
      expect(stdout).toMatch(new RegExp(`^Examples?:\\n[\\s\\S]*flowc ${verb} `, "m"));
      expect(stdout).toMatch(/^Exit code: 0 /m);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    },
  );
});
