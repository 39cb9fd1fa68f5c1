import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue, format, version } from "../../compiler/index.js";
import * as machine from "../../runtime/machine/index.js";

/** The real binary, as `npm run build` makes it. */
const binary = join(process.cwd(), "dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "flowc-cli-"));
const good = join(process.cwd(), "flows/musique-answerable.flow");
const bad = join(folder, "bad.flow");

beforeAll(() => {
  if (!existsSync(binary)) execFileSync("npm", ["run", "build"]);
  writeFileSync(bad, "flow f(a: text) -> int {\n  return a\n}\n");
  writeFileSync(join(folder, "latin1.flow"), Buffer.from("# \xe9\n", "latin1"));
  writeFileSync(join(folder, "warned.flow"), "flow f(a: text, b: text) -> int {\n  return 1\n}\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function flowc(args: readonly string[], env: NodeJS.ProcessEnv = {}, input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary, ...args], {
    encoding: "utf8",
    cwd: folder,
    input,
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

describe("flowc", () => {
  it("shows help with examples for every verb", () => {
    expect(flowc(["--help"])).toMatchObject({ status: 0 });
    for (const verb of ["check", "compile", "explain"]) {
      const { status, stdout } = flowc([verb, "--help"]);
      expect(status).toBe(0);
      expect(stdout).toContain("Examples:");
    }
  });

  it("writes a machine that another version of flowc does not load", async () => {
    const out = join(folder, "versions");
    expect(flowc(["compile", good, "--out", out]).status).toBe(0);
    const file = join(out, "musique-answerable.js");
    const text = readFileSync(file, "utf8").replace(
      '"flowc/machine"',
      JSON.stringify(join(process.cwd(), "dist/runtime/machine/index.js")),
    );
    writeFileSync(file, text);
    expect((await import(file)).default.flow).toBe("musique_answerable");
    const older = join(out, "older.js");
    writeFileSync(older, text.replace(`const compiler = "${version}"`, 'const compiler = "0.0.1"'));
    await expect(import(older)).rejects.toThrow(
      `written by flowc 0.0.1 (format ${format}), this is flowc ${version}`,
    );
    const patched = join(out, "patched.js");
    writeFileSync(patched, text.replace(`const compiler = "${version}"`, 'const compiler = "0.1.99"'));
    expect((await import(patched)).default.compiler).toBe("0.1.99");
  });

  it("gives its version, which is the compiler's and the package's", () => {
    expect(flowc(["--version"]).stdout.trim()).toBe(version);
    expect(JSON.parse(readFileSync("package.json", "utf8")).version).toBe(version);
    expect([machine.version, machine.contract]).toEqual([version, format]);
  });

  it("ends with 2 for a wrong command line", () => {
    for (const args of [[], ["chek", good], ["check"], ["check", "--jason", good], ["compile"]]) {
      expect(flowc(args).status).toBe(2);
    }
    expect(flowc(["chek", good]).stderr).toContain("Did you mean check?");
  });
});

describe("flowc check", () => {
  it("ends with 0 and says so when nothing is wrong", () => {
    expect(flowc(["check", good])).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "1 file checked, nothing to report\n",
    });
  });

  it("ends with 1 and shows the place when something is", () => {
    const { status, stderr } = flowc(["check", good, "bad.flow"]);
    expect(status).toBe(1);
    expect(stderr).toBe(
      "bad.flow:2:10 error F201 expected int, found text\n" +
        "2 |   return a\n" +
        "  |          ^\n\n" +
        "2 files checked: 1 error, 0 warnings\n",
    );
  });

  it("prints JSON and nothing else on standard output", () => {
    const { status, stdout, stderr } = flowc(["check", "--json", "bad.flow"]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(JSON.parse(stdout)).toEqual([
      {
        file: "bad.flow",
        start: { line: 2, column: 10 },
        end: { line: 2, column: 11 },
        severity: "error",
        code: "F201",
        message: "expected int, found text",
        suggestions: [],
        repeats: [],
      },
    ]);
    expect(flowc(["check", "--json", good]).stdout).toBe("[]\n");
  });

  it("ends with 2 for a file that is not there or is a folder", () => {
    expect(flowc(["check", "nowhere.flow"])).toMatchObject({
      status: 2,
      stderr: "flowc: nowhere.flow: there is no such file\n",
    });
    expect(flowc(["check", "."])).toMatchObject({ status: 2 });
  });

  it("says of all files what is wrong, also of those that cannot be read", () => {
    const { status, stderr } = flowc(["check", "nowhere.flow", "bad.flow", "latin1.flow", good]);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^bad\.flow:2:10 error F201 [\s\S]*\nflowc: nowhere\.flow: there is no such file\nflowc: latin1\.flow: it is not UTF-8: .*\n2 files checked: 1 error, 0 warnings\n$/,
    );
    const json = flowc(["check", "--json", "latin1.flow", "bad.flow"]);
    expect(json).toMatchObject({ status: 1, stderr: expect.stringContaining("latin1.flow: it is not") });
    expect(JSON.parse(json.stdout)).toHaveLength(1);
    expect(flowc(["check", "latin1.flow", "nowhere.flow"])).toMatchObject({ status: 2, stdout: "" });
  });

  it("checks standard input, which imports from the current folder", () => {
    const text = 'import f from "./bad.flow"\n\nflow main(a: text) -> int {\n  return f(a)\n}\n';
    const { status, stderr } = flowc(["check", "-"], {}, text.replace("return", "returns"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^standard input:4:3 error F004 /);
    expect(flowc(["check", "-"], {}, text).stderr).toMatch(/^bad\.flow:2:10 error F201 /);
    expect(flowc(["check", "-", "bad.flow"]).status).toBe(2);
  });

  it("ends with 1 for more warnings than are allowed", () => {
    const warned = ["check", "warned.flow"];
    expect(flowc(warned).status).toBe(0);
    expect(flowc([...warned, "--max-warnings", "2"]).status).toBe(0);
    const { status, stderr } = flowc([...warned, "--max-warnings", "1"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/2 warnings\nflowc: 2 warnings, allowed are 1\n$/);
    expect(flowc([...warned, "--max-warnings", "-1"]).status).toBe(2);
  });

  it("colours only where colour is wanted", () => {
    const colour = "\u001b[";
    expect(flowc(["check", "bad.flow"]).stderr).not.toContain(colour);
    expect(flowc(["check", "bad.flow"], { FORCE_COLOR: "1", NO_COLOR: "" }).stderr).toContain(colour);
    expect(flowc(["check", "bad.flow"], { FORCE_COLOR: "1", NO_COLOR: "1" }).stderr).not.toContain(colour);
  });
});

describe("flowc compile", () => {
  it("writes the machine, its JavaScript, types and maps, the same each time", () => {
    expect(flowc(["compile", good, "--out", "out"])).toMatchObject({ status: 0, stdout: "" });
    const names = readdirSync(join(folder, "out")).sort();
    expect(names).toEqual([
      "flowc-manifest.json",
      ...["d.ts", "js", "js.map", "ts", "ts.map"].map((ending) => `musique-answerable.${ending}`),
    ]);
    const first = names.map((name) => readFileSync(join(folder, "out", name), "utf8"));
    flowc(["compile", good, "--out", "out"]);
    expect(names.map((name) => readFileSync(join(folder, "out", name), "utf8"))).toEqual(first);
  });

  it("writes JavaScript that runs beside an installed flowc", () => {
    mkdirSync(".cache", { recursive: true });
    const out = mkdtempSync(join(process.cwd(), ".cache/compiled-"));
    try {
      expect(flowc(["compile", good, "--out", out]).status).toBe(0);
      const script = `import machine from ${JSON.stringify(join(out, "musique-answerable.js"))};
        console.log(machine.pending(machine.start({ question: "Q", paragraphs: [] }))[0].id);`;
      const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
      });
      expect(stdout).toBe("musique_answerable/query#0@1\n");
    } finally {
      rmSync(out, { recursive: true });
    }
  });

  it("writes nothing when the flow has errors", () => {
    expect(flowc(["compile", "bad.flow", "--out", "none"]).status).toBe(1);
    expect(existsSync(join(folder, "none"))).toBe(false);
  });

  it("takes the last flow, or the one that is named", () => {
    const two = "flow one(a: text) -> text { return a }\nflow two(b: text) -> text { return b }\n";
    writeFileSync(join(folder, "two.flow"), two);
    const flowOf = (...args: string[]) => {
      expect(flowc(["compile", "two.flow", ...args]).status).toBe(0);
      return /export const flow: string = "(\w+)"/.exec(readFileSync(join(folder, "two.ts"), "utf8"))![1];
    };
    expect(flowOf()).toBe("two");
    expect(flowOf("--flow", "one")).toBe("one");
    expect(flowc(["compile", "two.flow", "--flow", "twoo"])).toMatchObject({ status: 1 });
  });

  it("says what is wrong with a folder it cannot write, and leaves nothing there", () => {
    writeFileSync(join(folder, "file"), "");
    const { status, stderr } = flowc(["compile", good, "--out", "file"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^flowc: .*cannot be written/);
  });
});

describe("flowc explain", () => {
  it("prints the page of a code", () => {
    const { status, stdout } = flowc(["explain", "f301"]);
    expect(status).toBe(0);
    expect(stdout).toContain("# F301: ");
  });

  it("lists all codes where none is given, and prints JSON", () => {
    const { status, stdout } = flowc(["explain"]);
    expect(status).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(Object.keys(catalogue).length);
    expect(stdout).toContain("\nF303  error    a flow that can end without a result\n");
    const listed = JSON.parse(flowc(["explain", "--json"]).stdout);
    expect(listed.map(({ code }: { code: string }) => code)).toEqual(Object.keys(catalogue));
    const one = JSON.parse(flowc(["explain", "--json", "F112"]).stdout);
    expect(one).toMatchObject({
      code: "F112",
      severity: "warning",
      page: expect.stringMatching(/^# F112: /),
    });
    expect(one.title).toBe(listed.find(({ code }: { code: string }) => code === "F112").title);
  });

  it("suggests a code for one that is none", () => {
    expect(flowc(["explain", "F300"])).toMatchObject({ status: 2 });
    expect(flowc(["explain", "F300"]).stderr).toContain("F301");
  });
});
