import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { blocksOf } from "../docs/markdown.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { type Outcome, root, run, succeeded } from "./support.js";

const flow = `type Row = { id: int, verdict: yes | no }

agent shorten(of: text) -> text(max_tokens: 10) {
  user """
    {{ of }}
  """
}

agent fine(of: text) -> yes | no {
  user """
    {{ of }}
  """
}

flow short(of: text) -> text {
  var now = of
  loop up to 3 {
    set now = shorten(now)
  } until fine(now) is yes
  return now
}

flow best(rows: list<Row>) -> Row {
  let found = pick row from rows by fine(text(row.id)) is yes else return rows[7]
  return found
}
`;

/** Runs `flowc test` on the flow above with these tests, in a folder that holds these files. */
async function tested(
  tests: string,
  { args = [], files = {} }: { args?: readonly string[]; files?: Record<string, string> } = {},
): Promise<Outcome & { readonly folder: string }> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "f.flow"), `${flow}\n${tests}`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { code, stdout, stderr } = await run(["test", "f.flow", ...args], { cwd: folder });
  return { code, stderr, folder, stdout: stdout.replace(/\(\d+\.\d\d s\)/, "(TIME)") };
}

const passing = `test "asks again until it is enough" for short {
  input { of: "a long text" }
  mock shorten -> "shorter", "short"
  mock fine -> no
  mock "short/fine#0@2" -> yes
  expect "short"
  path "short/shorten#0@1", "short/fine#0@1", "short/shorten#0@2", "short/fine#0@2"
}
`;

describe("flowc test", () => {
  it("runs every test of the files, and says how each went", async () => {
    const more = `${passing}
test "takes the one at the place" {
  input { rows: [{ id: 1, verdict: no }, { id: 2, verdict: yes }] }
  mock fine -> 1
  expect { id: 2, verdict: yes }
}
`;
    expect(await tested(more)).toMatchObject({
      code: 0,
      stderr: "",
      stdout: `f.flow
  ok      asks again until it is enough
  ok      takes the one at the place

2 tests passed in 1 file (TIME)
`,
    });
  });

  it("shows what was expected and found, and what was answered, at the place in the test", async () => {
    const wrong = `test "wrong" for short {
  input { of: "x" }
  mock shorten -> "shorter", "short"
  mock fine -> yes
  expect "short"
  path "short/shorten#0@1", "short/fine#0@1", "short/shorten#0@2"
}

test "wrong inside" {
  input { rows: [{ id: 1, verdict: no }, { id: 2, verdict: yes }] }
  mock fine -> 0
  expect { verdict: yes, id: 1 }
}
`;
    expect(await tested(`${passing}\n${wrong}`)).toMatchObject({
      code: 1,
      stderr: "",
      stdout: `f.flow
  ok      asks again until it is enough
  failed  wrong
  failed  wrong inside

f.flow:39:30 failed wrong: this answer is never asked for
39 |   mock shorten -> "shorter", "short"
   |                              ^^^^^^^
f.flow:41:10 failed wrong: the result is another one
41 |   expect "short"
   |          ^^^^^^^
    expected "short"
    found    "shorter"
f.flow:42:47 failed wrong: something else is asked
42 |   path "short/shorten#0@1", "short/fine#0@1", "short/shorten#0@2"
   |                                               ^^^^^^^^^^^^^^^^^^^
  after short/fine#0@1
    expected short/shorten#0@2
    found    the end
  answers
    short/shorten#0@1 "shorter"
    short/fine#0@1 yes

f.flow:48:10 failed wrong inside: the result is another one
48 |   expect { verdict: yes, id: 1 }
   |          ^^^^^^^^^^^^^^^^^^^^^^^
  at .verdict
    expected "yes"
    found    "no"
  answers
    best/fine#0@ takes 0

2 of 3 tests failed in 1 file (TIME)
`,
    });
  });

  it("fails where an answer is missing, does not fit, or where the flow fails", async () => {
    const { code, stdout } = await tested(`test "too few" for short {
  input { of: "x" }
  mock shorten -> "a"
  mock fine always -> no
  expect "a"
}
test "none" for short { input { of: "x" } mock shorten -> "a" expect "a" }
test "no candidate" { input { rows: [{ id: 1, verdict: no }] } mock fine -> 3 expect { id: 1, verdict: no } }
test "never" for short {
  input { of: "x" }
  mock shorten always -> "a"
  mock fine -> yes
  mock "short/fine#0@3" always -> yes
  expect "a"
}
test "fails" { input { rows: [] } expect { id: 1, verdict: no } }
test "fails as it should" { input { rows: [] } expect fails "index 7 of a list of 0" }
test "fails otherwise" { input { rows: [] } expect fails "too large" }
test "does not fail" { input { rows: [{ id: 1, verdict: no }] } mock fine -> 0 expect fails "index" }
`);
    expect(code).toBe(1);
    const said = stdout.split("\n").filter((line) => line.startsWith("f.flow:") || line.startsWith("  ok"));
    expect(said).toEqual([
      "  ok      fails as it should",
      "f.flow:30:19 failed too few: `mock shorten` has 1 answer, and short/shorten#0@2 wants another one",
      "f.flow:34:6 failed none: short/fine#0@1 is asked, and nothing is said for it: add `mock fine -> ...`",
      "f.flow:35:77 failed no candidate: best/fine#0@ is a pick: its answer is the place of a candidate, which may be 0",
      "f.flow:40:35 failed never: this answer is never asked for",
      "f.flow:24:75 failed fails: index 7 of a list of 0 (at 24:75 of the .flow file)",
      "f.flow:45:45 failed fails otherwise: the flow fails otherwise: index 7 of a list of 0 (at 24:75 of the .flow file)",
      'f.flow:46:80 failed does not fail: the flow was to fail, and gives {"id":1,"verdict":"no"}',
    ]);
  });

  it("reads values from files beside the flow, and from nowhere else", async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, "secret.txt"), "secret");
    const tests = (name: string) => `test "a text" for short {
  input { of: file("values/of.txt") }
  mock shorten -> file("values/${name}")
  mock fine -> yes
  expect file("values/of.txt")
}
test "JSON" {
  input { rows: file("values/rows.json") }
  mock fine -> 0
  expect { id: 1, verdict: yes }
}
`;
    const files = {
      "values/of.txt": "a\nb\n",
      "values/rows.json": '[{ "verdict": "yes", "id": 1 }]',
      "values/odd.json": '[{ "verdict": "perhaps", "id": 1 }]',
      "values/no.json": "[",
    };
    expect(await tested(tests("of.txt"), { files })).toMatchObject({ code: 0 });
    const { stdout, folder } = await tested(
      tests("none.txt").replace("rows.json", "odd.json") +
        tests("of.txt").replace("rows.json", "no.json").replaceAll('test "', 'test "2 '),
      { files },
    );
    expect(stdout).toContain(
      "f.flow:30:19 failed a text: values/none.txt: there is no such file beside the flow",
    );
    expect(stdout).toContain(
      'f.flow:35:17 failed JSON: values/odd.json does not fit: [0].verdict is "perhaps", where one of yes, no is wanted',
    );
    expect(stdout).toMatch(/failed 2 JSON: values\/no\.json holds no JSON/);

    symlinkSync(join(outside, "secret.txt"), join(folder, "values/linked.txt"));
    symlinkSync(outside, join(folder, "values/there"));
    writeFileSync(join(folder, "values/large.txt"), "");
    truncateSync(join(folder, "values/large.txt"), 20_000_000);
    const hostile = ["linked.txt", "there/secret.txt", "large.txt", "there"];
    const text = hostile.map((name) => tests(name).split("test ")[1]!.replace("a text", name));
    writeFileSync(join(folder, "f.flow"), `${flow}\ntest ${text.join("test ")}`);
    const refused = await run(["test", "f.flow"], { cwd: folder });
    expect(refused.stdout).not.toContain("secret\n");
    expect(refused.stdout.match(/leads out of the flow's folder/g)).toHaveLength(3);
    expect(refused.stdout).toContain("values/large.txt has more than 10000000 bytes");
  });

  it("lists tests and picks them by their names, and calls it no success if there is none", async () => {
    const tests = `${passing}\ntest "another" { input { rows: [] } expect fails "index" }\n`;
    expect(await tested(tests, { args: ["--list"] })).toMatchObject({
      code: 0,
      stdout: "f.flow:28:6 asks again until it is enough\nf.flow:37:6 another\n",
    });
    const one = await tested(tests, { args: ["--filter", "other"] });
    expect(one.stdout).toContain("1 test passed in 1 file");
    expect(await tested(tests, { args: ["--filter", "nobody"] })).toMatchObject({
      code: 2,
      stdout: "",
      stderr: 'flowc: no test in f.flow has "nobody" in its name\n',
    });
    expect(await tested("")).toMatchObject({ code: 2, stderr: "flowc: there is no test in f.flow\n" });
    expect((await run(["test", "nowhere.flow"])).code).toBe(2);
    expect((await run(["test"])).code).toBe(2);
  });

  it("gives one JSON object", async () => {
    const tests = `${passing}\ntest "another" { input { rows: [] } expect { id: 1, verdict: no } }\n`;
    const { code, stdout } = await tested(tests, { args: ["--json"] });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      passed: 1,
      failed: 1,
      diagnostics: [],
      tests: [
        {
          file: "f.flow",
          name: "asks again until it is enough",
          flow: "short",
          line: 28,
          column: 6,
          ok: true,
          failures: [],
          answers: [
            { id: "short/shorten#0@1", reply: { kind: "text", text: "shorter" } },
            { id: "short/fine#0@1", reply: { kind: "label", label: "no" } },
            {},
            {},
          ],
        },
        { ok: false, failures: [{ kind: "flow", start: { line: 24, column: 75 } }] },
      ],
    });
    const listed = await tested(tests, { args: ["--json", "--list"] });
    expect(JSON.parse(listed.stdout)).toMatchObject({
      tests: [{ flow: "short" }, { flow: "best", line: 37 }],
    });
  });

  it("reports files with errors, and runs the tests of the others", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "good.flow"), `${flow}\n${passing}`);
    writeFileSync(join(folder, "bad.flow"), `${flow}\ntest "x" { mock fin -> 1 expect 2 }\n`);
    const { code, stdout, stderr } = await run(["test", "bad.flow", "good.flow"], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad\.flow:28:17 error F602 .*`fin`[\s\S]*did you mean `fine`\?/);
    expect(stdout).toMatch(/1 test passed in 1 file, 1 file not run for errors/);
  });

  it("runs code of modules only where that is allowed", async () => {
    const extern = `extern function twice(x: int) -> int from "./twice.ts"
flow main(x: int) -> int { return twice(x) }
test "doubles" { input { x: 3 } expect 6 }
`;
    const files = { "twice.ts": "export const twice = (x: number): number => 2 * x;\n" };
    const refused = await tested(extern, { files });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain(
      "f.flow:30:6 failed doubles: f.flow runs the code of ./twice.ts: say --allow-extern if you trust it",
    );
    expect((await tested(extern, { files, args: ["--allow-extern"] })).code).toBe(0);
  });

  it("lets nothing in a test steer the terminal", async () => {
    const { stdout } = await tested(
      'test "\\u{1b}[2Jx" for short { input { of: "" } mock shorten -> "\\u{1b}[2J" mock fine -> yes expect "a" }\n',
    );
    expect(stdout).toContain("·[2Jx");
    expect(stdout).not.toContain("\u001b");
  });
});

describe("the tests of the project's flows", () => {
  const files = ["flows", "test/conformance/compiles"]
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) =>
        join(folder, name),
      ),
    )
    .filter((file) => file.endsWith(".flow") && /^test "/m.test(readFileSync(join(root, file), "utf8")));

  it("pass", async () => {
    expect(files.length).toBeGreaterThan(10);
    const { stdout } = succeeded(await run(["test", ...files]));
    expect(stdout).toMatch(/\n\d\d tests passed in \d\d files/);
  });

  it("pass in the language reference", async () => {
    const page = readFileSync(join(root, "docs/language.md"), "utf8");
    const [snippet, ...others] = blocksOf(page, "flow").filter((text) => /^test "/m.test(text));
    expect(others).toEqual([]);
    const file = join(temporaryFolder(), "reference.flow");
    writeFileSync(file, snippet!);
    expect(succeeded(await run(["test", file])).stdout).toContain("3 tests passed");
  });
});

describe("a test of a flow with effects", () => {
  const sea = `extern effect sail(to: text) -> list<text> effectful from "./sea.ts"
agent aim(at: text) -> text(max_tokens: 4) { user """{{ at }}""" }
flow voyage(from: text) -> list<text> { return sail(aim(from)) + sail("home") }
`;
  const module = `export const start = (input: { from: string }): string[] => [input.from];
export function sail(log: string[], { to }: { to: string }) {
  return { state: [...log, to], result: log };
}
`;
  const voyage = (mocks: string, expected: string) =>
    `test "there and back" for voyage {\n  input { from: "port" }\n  mock aim -> "isle"\n${mocks}  expect ${expected}\n}\n`;

  async function sailed(test: string, ...args: readonly string[]): Promise<Outcome> {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "sea.ts"), module);
    writeFileSync(join(folder, "sea.flow"), sea + test);
    return await run(["test", "sea.flow", ...args], { cwd: folder });
  }

  it("mocks them by name and by id, and runs no code", async () => {
    const mocks = '  mock sail -> ["a"]\n  mock "voyage/sail#1@" -> []\n';
    succeeded(await sailed(voyage(mocks, '["a"]')));
  });

  it("has their modules do them where that is allowed, and mixes both", async () => {
    succeeded(await sailed(voyage("", '["port", "port", "isle"]'), "--allow-extern"));
    succeeded(await sailed(voyage('  mock "voyage/sail#0" -> ["a"]\n', '["a", "port"]'), "--allow-extern"));
  });

  it("says what is neither mocked nor allowed, and what an effect does not give", async () => {
    const unsaid = await sailed(voyage("", "[]"));
    expect(unsaid.code).toBe(1);
    expect(unsaid.stdout).toContain(
      "voyage/sail#0@ is asked, and nothing is said for it: add `mock sail -> ...`, or say --allow-extern for its module to do it",
    );
    const misfit = await sailed(voyage("  mock sail -> 3\n", "[]"));
    expect(misfit.code).toBe(1);
    expect(misfit.stderr).toMatch(/F201 expected list<text>, found int/);
  });
});
