import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { contentsOf, type Outcome, run, succeeded } from "./support.js";

/** What may stand under a path beside an ordinary file: each verb says what is the matter, and touches nothing else. */

const readers: readonly (readonly string[])[] = [["check"], ["fmt"], ["compile"], ["test"], ["graph"]];

const flow = `agent ask(q: text) -> text(max_tokens: 5) {
  user """
    é {{ q }}
  """
}

flow main(q: text) -> text {
  return ask(q)
}

test "asks" {
  input { q: "a" }
  mock ask -> "b"
  expect "b"
}
`;

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** A mistake of the user: its message and exit code, and no stack. */
function expectMistake({ code, stdout, stderr }: Outcome, exit: number, message: string | RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("bug in flowc");
  expect({ code, stdout }).toEqual({ code: exit, stdout: "" });
}

const latin1 = Buffer.from(flow, "latin1");

describe("a file that is not UTF-8", () => {
  const wrong = `it is not UTF-8: the byte at offset ${latin1.indexOf(0xe9)}, in line 3, is 0xE9; save it as UTF-8\n`;

  it.each(readers)("is refused by flowc %s, which names the byte", async (...verb) => {
    const folder = folderWith({ "a.flow": latin1 });
    const outcome = await run([...verb, "a.flow"], { cwd: folder });
    expectMistake(outcome, 1, `flowc: a.flow: ${wrong}`);
    expect(readFileSync(join(folder, "a.flow"))).toEqual(latin1);
    expect(readdirSync(folder)).toEqual(["a.flow"]);
  });

  it("is refused from standard input", async () => {
    const stdin = Buffer.from([0x23, 0x20, 0xff, 0x0a]);
    const outcome = await run(["fmt", "-"], { stdin });
    expectMistake(
      outcome,
      1,
      /^flowc: standard input: it is not UTF-8: the byte at offset 2, in line 1, is 0xFF/,
    );
  });

  it("is a diagnostic where it is imported", async () => {
    const folder = folderWith({
      "lib.flow": latin1,
      "main.flow": 'import ask from "./lib.flow"\n\nflow top(q: text) -> text {\n  return ask(q)\n}\n',
    });
    const outcome = await run(["check", "main.flow"], { cwd: folder });
    expectMistake(outcome, 1, `main.flow:1:17 error F502 \`./lib.flow\` cannot be read: ${wrong}`);
  });

  it.each([
    ["a character that is cut off", [0x23, 0xc3], 1, "0xC3"],
    ["UTF-16", [0xff, 0xfe, 0x23, 0x00], 0, "0xFF"],
    ["a surrogate", [0x23, 0xed, 0xa0, 0x80], 1, "0xED"],
    ["what comes behind a replacement character", [0xef, 0xbf, 0xbd, 0x80], 3, "0x80"],
    ["what comes behind a byte order mark", [0xef, 0xbb, 0xbf, 0x23, 0x80], 4, "0x80"],
  ])("is told from one that is: %s", async (_, bytes, offset, byte) => {
    const folder = folderWith({ "a.flow": Uint8Array.from(bytes) });
    const outcome = await run(["check", "a.flow"], { cwd: folder });
    expectMistake(outcome, 1, `the byte at offset ${offset}, in line 1, is ${byte}`);
  });

  it("is refused as mocks, as input, as settings, as a value of a test, and as what a module imports", async () => {
    const extern = 'import { by } from "./by.js";\nexport const twice = (of: number): number => of * by;\n';
    const folder = folderWith({
      "a.flow": flow,
      "wrong.txt": Buffer.from("ask:\n  - \xe9\n", "latin1"),
      "mocks.yaml": "ask: b\n",
      "file.flow": flow.replace('{ q: "a" }', '{ q: file("wrong.txt") }'),
      "m.flow":
        'extern function twice(of: int) -> int from "./m.ts"\n\nflow top(of: int) -> int {\n  return twice(of)\n}\n',
      "m.ts": extern,
      "by.ts": Buffer.from("/* \xe9 */ export const by = 2;\n", "latin1"),
    });
    const at = { cwd: folder };
    const byte = "it is not UTF-8: the byte at offset 9, in line 2, is 0xE9; save it as UTF-8\n";
    const input = ["--input", '{"q":"a"}'];
    expectMistake(
      await run(["run", "a.flow", ...input, "--mocks", "wrong.txt"], at),
      1,
      `wrong.txt: ${byte}`,
    );
    const mocks = ["--mocks", "mocks.yaml"];
    expectMistake(
      await run(["run", "a.flow", "--input", "wrong.txt", ...mocks], at),
      1,
      `wrong.txt: ${byte}`,
    );
    const piped = await run(["run", "a.flow", "--input", "-", ...mocks], { ...at, stdin: latin1 });
    expectMistake(piped, 1, "flowc: standard input: it is not UTF-8");
    const asked = ["--data", "no.jsonl", "--model", folder, "--config", "wrong.txt"];
    expectMistake(await run(["eval", "a.flow", ...asked], at), 1, `wrong.txt: ${byte}`);
    expect((await run(["test", "file.flow"], at)).stdout).toContain(`wrong.txt cannot be read: ${byte}`);
    const played = ["run", "m.flow", "--input", '{"of":1}', ...mocks, "--allow-extern"];
    expectMistake(
      await run(played, at),
      1,
      /by\.ts: it is not UTF-8: the byte at offset 3, in line 1, is 0xE9/,
    );
  });

  it("is none that has a byte order mark or a replacement character", async () => {
    const folder = folderWith({ "a.flow": `\uFEFF${flow.replace("é", "\uFFFD \u{1F600}")}` });
    expect(succeeded(await run(["check", "a.flow"], { cwd: folder })).stderr).toContain("nothing to report");
  });
});

describe("a path that is no file", () => {
  it.each(readers)("is refused by flowc %s", async (...verb) => {
    const folder = folderWith({});
    mkdirSync(join(folder, "a.flow"));
    const at = { cwd: folder };
    expectMistake(await run([...verb, "a.flow"], at), 2, /^flowc: a\.flow: this is a folder, a \.flow file/);
    expectMistake(await run([...verb, "b.flow"], at), 2, /^flowc: b\.flow: there is no such file\n$/);
    symlinkSync("c.flow", join(folder, "c.flow"));
    expectMistake(await run([...verb, "c.flow"], at), 2, /^flowc: c\.flow: cannot be read \(ELOOP\)\n$/);
  });

  it("is refused as the input of flowc run", async () => {
    const folder = folderWith({ "a.flow": flow, "mocks.yaml": 'ask: "b"\n' });
    mkdirSync(join(folder, "input"));
    const asked = ["run", "a.flow", "--input", "input", "--mocks", "mocks.yaml"];
    expectMistake(
      await run(asked, { cwd: folder }),
      2,
      /^flowc: input: this is a folder, a file is needed\n$/,
    );
  });

  // Permissions do not bind the superuser.
  const isRoot = process.getuid?.() === 0;
  it.skipIf(isRoot).each(readers)("is refused by flowc %s if it may not be read", async (...verb) => {
    const folder = folderWith({ "a.flow": flow });
    chmodSync(join(folder, "a.flow"), 0);
    expectMistake(await run([...verb, "a.flow"], { cwd: folder }), 2, /a\.flow: cannot be read \(EACCES\)/);
  });
});

describe("a file of 10 MB", () => {
  it.each(readers)("is a diagnostic of flowc %s", async (...verb) => {
    const text = `# ${"x".repeat(10_000_000)}\n`;
    const folder = folderWith({ "a.flow": text });
    const outcome = await run([...verb, "a.flow"], { cwd: folder });
    expect(outcome).toMatchObject({ code: 1 });
    expect(outcome.stderr).toMatch(/error F010 the file is longer than 1000000 characters/);
    expect(outcome.stderr.length + outcome.stdout.length).toBeLessThan(1_000);
    expect(readFileSync(join(folder, "a.flow"), "utf8") === text).toBe(true);
  });
});

describe("flowc compile --out", () => {
  /** A project whose flow has a module beside it, and a folder elsewhere that `out` leads to. */
  function linked() {
    const folder = folderWith({
      "scoring.ts": "export const score = (of: string): number => of.length;\n",
      "externs.flow": `extern function score(of: text) -> float from "./scoring.ts"
flow main(of: text) -> float { return score(of) }
`,
    });
    const elsewhere = temporaryFolder();
    mkdirSync(join(elsewhere, "deep/er"), { recursive: true });
    symlinkSync(join(elsewhere, "deep/er"), join(folder, "out"));
    return { folder, elsewhere: join(elsewhere, "deep/er"), out: join(folder, "out") };
  }

  it("follows a link to a folder, and leaves what stands there", async () => {
    const { folder, out, elsewhere } = linked();
    writeFileSync(join(elsewhere, "mine.ts"), "// mine\n");
    succeeded(await run(["compile", "externs.flow", "--out", "out"], { cwd: folder }));
    expect(lstatSync(out).isSymbolicLink()).toBe(true);
    succeeded(await run(["compile", "externs.flow", "--out", "out", "--check"], { cwd: folder }));
    // The source and the module are found from where the files really are.
    const [, imported] = /from "([^"]*scoring\.js)"/.exec(
      readFileSync(join(elsewhere, "externs.js"), "utf8"),
    )!;
    expect(realpathSync(join(elsewhere, dirname(imported!)))).toBe(realpathSync(folder));
    const { sources } = JSON.parse(readFileSync(join(elsewhere, "externs.js.map"), "utf8"));
    expect(existsSync(join(elsewhere, sources[0]))).toBe(true);
    const { flows } = JSON.parse(readFileSync(join(elsewhere, "flowc-manifest.json"), "utf8"));
    expect(Object.keys(flows).map((each) => existsSync(join(elsewhere, each)))).toEqual([true]);
    // A flow that is gone takes its own files with it and nothing else.
    writeFileSync(join(folder, "other.flow"), flow);
    unlinkSync(join(folder, "externs.flow"));
    succeeded(await run(["compile", "other.flow", "--out", "out"], { cwd: folder }));
    const left = readdirSync(elsewhere).filter((name) => !name.startsWith("other."));
    expect(left.sort()).toEqual(["flowc-manifest.json", "mine.ts"]);
  });

  it("replaces links among its files, and writes nothing to where they lead", async () => {
    const folder = folderWith({ "a.flow": flow });
    const [out, outside] = [join(folder, "out"), temporaryFolder()];
    succeeded(await run(["compile", "a.flow", "--out", "out"], { cwd: folder }));
    const written = contentsOf(out);
    for (const [name, text] of written) {
      writeFileSync(join(outside, name), text, "latin1");
      unlinkSync(join(out, name));
      symlinkSync(join(outside, name), join(out, name));
    }
    writeFileSync(join(folder, "a.flow"), flow.replaceAll("ask", "answer"));
    succeeded(await run(["compile", "a.flow", "--out", "out"], { cwd: folder }));
    expect(contentsOf(outside)).toEqual(written);
    for (const name of written.keys()) expect(lstatSync(join(out, name)).isFile()).toBe(true);
    expect(readFileSync(join(out, "a.ts"), "utf8")).toContain("answer");
  });

  it("deletes a link whose flow is gone, not what it leads to", async () => {
    const folder = folderWith({ "a.flow": flow, "b.flow": flow });
    const [out, outside] = [join(folder, "out"), temporaryFolder()];
    succeeded(await run(["compile", "a.flow", "--out", "out"], { cwd: folder }));
    const text = readFileSync(join(out, "a.ts"));
    writeFileSync(join(outside, "a.ts"), text);
    unlinkSync(join(out, "a.ts"));
    symlinkSync(join(outside, "a.ts"), join(out, "a.ts"));
    unlinkSync(join(folder, "a.flow"));
    succeeded(await run(["compile", "b.flow", "--out", "out"], { cwd: folder }));
    expect(readdirSync(out).filter((name) => name.startsWith("a."))).toEqual([]);
    expect(readFileSync(join(outside, "a.ts"))).toEqual(text);
  });

  it("does not take a link to a file of somebody else's for its own", async () => {
    const folder = folderWith({ "a.flow": flow, "mine.ts": "export const mine = 1;\n" });
    mkdirSync(join(folder, "out"));
    symlinkSync("../mine.ts", join(folder, "out/a.ts"));
    const outcome = await run(["compile", "a.flow", "--out", "out"], { cwd: folder });
    expectMistake(outcome, 1, /out\/a\.ts was not written by flowc/);
    expect(readdirSync(join(folder, "out"))).toEqual(["a.ts"]);
  });

  it("makes no file where a link leads nowhere", async () => {
    const folder = folderWith({ "a.flow": flow });
    mkdirSync(join(folder, "out"));
    symlinkSync("../made.ts", join(folder, "out/a.ts"));
    succeeded(await run(["compile", "a.flow", "--out", "out"], { cwd: folder }));
    expect(existsSync(join(folder, "made.ts"))).toBe(false);
    expect(lstatSync(join(folder, "out/a.ts")).isFile()).toBe(true);
  });

  it.each(["a.ts", "flowc-manifest.json"])("is refused where a folder is called %s", async (name) => {
    const folder = folderWith({ "a.flow": flow });
    mkdirSync(join(folder, "out", name), { recursive: true });
    const outcome = await run(["compile", "a.flow", "--out", "out"], { cwd: folder });
    expectMistake(outcome, 1, `out/${name}: this is `);
    expect(readdirSync(join(folder, "out"))).toEqual([name]);
    expectMistake(
      await run(["compile", "a.flow", "--out", "a.flow"], { cwd: folder }),
      1,
      /a file stands where/,
    );
  });
});

describe("flowc fmt and flowc graph --out", () => {
  const untidy = flow.replaceAll("  return", "     return");

  it("write the file that a link leads to, and leave it its permissions", async () => {
    const folder = folderWith({ "real.flow": untidy, "real.svg": "" });
    chmodSync(join(folder, "real.flow"), 0o600);
    symlinkSync("real.flow", join(folder, "link.flow"));
    symlinkSync("real.svg", join(folder, "link.svg"));
    succeeded(await run(["fmt", "link.flow"], { cwd: folder }));
    succeeded(await run(["graph", "link.flow", "--out", "link.svg"], { cwd: folder }));
    for (const name of ["link.flow", "link.svg"])
      expect(lstatSync(join(folder, name)).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "real.flow"), "utf8")).toBe(flow);
    expect(statSync(join(folder, "real.flow")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "real.svg"), "utf8")).toMatch(/^<svg /);
  });

  it("write into a device", async () => {
    const folder = folderWith({ "a.flow": flow });
    const link = join(folder, "out.svg");
    symlinkSync("/dev/null", link);
    succeeded(await run(["graph", "a.flow", "--out", "out.svg"], { cwd: folder }));
    expect(lstatSync("/dev/null").isFile()).toBe(false);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["a.flow", "out.svg"]);
  });

  it("do not put a picture in the place of the flow, by whatever path", async () => {
    const folder = folderWith({ "a.flow": flow });
    symlinkSync("a.flow", join(folder, "link.svg"));
    for (const out of ["./a.flow", "link.svg"]) {
      const outcome = await run(["graph", "a.flow", "--format", "svg", "--out", out], { cwd: folder });
      expectMistake(outcome, 2, `${out} is the flow itself`);
    }
    expect(readFileSync(join(folder, "a.flow"), "utf8")).toBe(flow);
  });

  it("are refused where a folder is", async () => {
    const folder = folderWith({ "a.flow": flow });
    mkdirSync(join(folder, "out.svg"));
    const outcome = await run(["graph", "a.flow", "--out", "out.svg"], { cwd: folder });
    expectMistake(outcome, 1, /out\.svg.*a folder stands where a file is needed/);
    expect(readdirSync(folder).sort()).toEqual(["a.flow", "out.svg"]);
  });
});

describe("a folder in which the system lets nothing be made", () => {
  const outputs = [
    ["compile", "a.flow", "--out", "/proc/flowc/build"],
    ["graph", "a.flow", "--out", "/proc/flowc/a.svg"],
    ["init", "/proc/flowc"],
  ];
  it.skipIf(!existsSync("/proc/self")).each(outputs)("ends flowc %s %s %s %s", async (...verb) => {
    const outcome = await run(
      verb.filter((each) => each !== undefined),
      { cwd: folderWith({ "a.flow": flow }) },
    );
    expectMistake(outcome, 1, /^flowc: \/proc\/flowc.*: cannot be written \(/);
  });
});
