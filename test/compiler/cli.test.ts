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
import { format, version } from "../../compiler/index.js";
import * as machine from "../../runtime/machine/index.js";

/** The real binary, as `npm run build` makes it. */
const binary = join(process.cwd(), "dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "flowc-cli-"));
const good = join(process.cwd(), "flows/musique-answerable.flow");
const bad = join(folder, "bad.flow");

beforeAll(() => {
  if (!existsSync(binary)) execFileSync("npm", ["run", "build"]);
  writeFileSync(bad, "flow f(a: text) -> int {\n  return a\n}\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function flowc(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary, ...args], {
    encoding: "utf8",
    cwd: folder,
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

  it("suggests a code for one that is none", () => {
    expect(flowc(["explain", "F300"])).toMatchObject({ status: 2 });
    expect(flowc(["explain", "F300"]).stderr).toContain("F301");
  });
});
