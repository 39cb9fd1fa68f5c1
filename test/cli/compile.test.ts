import { spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { contentsOf, program, root, run, succeeded } from "./support.js";

/** A folder with a flow of its own in it. */
function project(): { folder: string; flow: string; out: string } {
  const folder = temporaryFolder();
  const flow = join(folder, "router.flow");
  cpSync(join(root, "flows/examples/router.flow"), flow);
  return { folder, flow, out: join(folder, "out") };
}

const emitted = ["router.d.ts", "router.js", "router.js.map", "router.ts", "router.ts.map"];

describe("flowc compile --check", () => {
  it("passes while what stands there is current, and names what is stale or missing", async () => {
    const { flow, out } = project();
    const check = ["compile", flow, "--out", out, "--check"];
    const before = await run(check);
    expect(before.code).toBe(1);
    expect(before.stdout.match(/ is missing$/gm)).toHaveLength(5);
    expect(existsSync(out)).toBe(false);
    succeeded(await run(["compile", flow, "--out", out]));
    expect(await run(check)).toEqual({ code: 0, stdout: "", stderr: "" });
    appendFileSync(join(out, "router.js"), "\n");
    expect(await run(check)).toMatchObject({ code: 1, stdout: `${join(out, "router.js")} is stale\n` });
    appendFileSync(flow, "# more\n");
    expect((await run(check)).stdout).toContain("router.ts is stale");
  });

  it("is a verb of files: what would it call what comes from standard input?", async () => {
    const { code, stderr } = await run(["compile", "-"]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("no standard input") });
  });
});

describe("flowc compile's manifest", () => {
  it("lists what was written, the same twice", async () => {
    const { flow, out } = project();
    succeeded(await run(["compile", flow, "--out", out]));
    expect(readdirSync(out).sort()).toEqual(["flowc-manifest.json", ...emitted]);
    const once = readFileSync(join(out, "flowc-manifest.json"), "utf8");
    expect(Object.keys(JSON.parse(once).flows["../router.flow"]).sort()).toEqual(emitted);
    succeeded(await run(["compile", flow, "--out", out]));
    expect(readFileSync(join(out, "flowc-manifest.json"), "utf8")).toBe(once);
  });

  it("lets the files of a flow that was renamed be deleted, but none that was changed or is not listed", async () => {
    const { folder, flow, out } = project();
    succeeded(await run(["compile", flow, "--out", out]));
    writeFileSync(join(out, "mine.ts"), "// mine\n");
    appendFileSync(join(out, "router.js"), "// changed\n");
    renameSync(flow, join(folder, "sorter.flow"));
    const { stderr } = succeeded(await run(["compile", join(folder, "sorter.flow"), "--out", out]));
    expect(stderr).toMatch(/router\.js is no longer written, but was changed/);
    const left = readdirSync(out).filter((name) => !name.startsWith("sorter"));
    expect(left.sort()).toEqual(["flowc-manifest.json", "mine.ts", "router.js"]);
  });

  it("keeps a file that flowc did not write from being overwritten", async () => {
    const { flow, out } = project();
    mkdirSync(out);
    writeFileSync(join(out, "router.ts"), "export const mine = 1;\n");
    const { code, stderr } = await run(["compile", flow, "--out", out]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--force\n {2}.*router\.ts was not written by flowc\n$/);
    expect(readFileSync(join(out, "router.ts"), "utf8")).toBe("export const mine = 1;\n");
    expect(readdirSync(out)).toEqual(["router.ts"]);
    succeeded(await run(["compile", flow, "--out", out, "--force"]));
    expect(readFileSync(join(out, "router.ts"), "utf8")).toContain("// Written by flowc");
  });

  it("keeps what somebody changed in an emitted file from being overwritten", async () => {
    const { flow, out } = project();
    const compile = ["compile", flow, "--out", out];
    succeeded(await run(compile));
    for (const name of ["router.ts", "router.js.map"]) appendFileSync(join(out, name), "\n");
    const before = contentsOf(out);
    const { code, stderr } = await run(compile);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /or say --force\n {2}.*router\.ts was changed since flowc wrote it\n {2}.*router\.js\.map was changed.*\n$/,
    );
    expect(contentsOf(out)).toEqual(before);
    succeeded(await run([...compile, "--force"]));
    succeeded(await run([...compile, "--check"]));
  });

  it("keeps a module of the flow's that is called like it, which runs all the same", async () => {
    const folder = temporaryFolder();
    const at = { cwd: folder };
    const module = "export const twice = (of: number): number => 2 * of;\n";
    writeFileSync(join(folder, "sum.ts"), module);
    writeFileSync(
      join(folder, "sum.flow"),
      'extern function twice(of: int) -> int from "./sum.ts"\n\nflow sum(of: int) -> int {\n  return twice(of)\n}\n',
    );
    writeFileSync(join(folder, "m.yaml"), "");
    const { code, stderr } = await run(["compile", "sum.flow", "--force"], at);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sum\.flow:1:44 error F329 /);
    expect(readFileSync(join(folder, "sum.ts"), "utf8")).toBe(module);
    const asked = ["run", "sum.flow", "--input", '{"of":2}', "--mocks", "m.yaml", "--allow-extern"];
    expect(succeeded(await run(asked, at)).stdout).toBe("4\n");
    succeeded(await run(["compile", "sum.flow", "--out", "build"], at));
    expect(readFileSync(join(folder, "build/sum.js"), "utf8")).toContain('from "../sum.js"');
  });

  it("lets files be written again after the flow has changed, and without it only those that are current", async () => {
    const { flow, out } = project();
    const compile = ["compile", flow, "--out", out];
    succeeded(await run(compile));
    appendFileSync(flow, "# more\n");
    succeeded(await run(compile));
    rmSync(join(out, "flowc-manifest.json"));
    succeeded(await run(compile));
    rmSync(join(out, "flowc-manifest.json"));
    appendFileSync(flow, "# yet more\n");
    const { code, stderr } = await run(compile);
    expect(code).toBe(1);
    expect(stderr).toContain("router.ts is not listed in flowc-manifest.json, so it may have been changed");
  });

  it.each([
    ["no JSON", "{", /no JSON/],
    ["another file", "[]", /no manifest of flowc/],
    ["a path out of the folder", '{"flows":{"a.flow":{"../../x.ts":"00"}}}', /no file of flowc's/],
  ])("is refused if it is %s", async (_, text, message) => {
    const { flow, out } = project();
    mkdirSync(out);
    writeFileSync(join(out, "flowc-manifest.json"), text);
    const { code, stderr } = await run(["compile", flow, "--out", out]);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(readdirSync(out)).toEqual(["flowc-manifest.json"]);
  });
});

describe("flowc compile --stats", () => {
  it("says how large the machine is and how long it took", async () => {
    const { flow, out } = project();
    const { stderr } = succeeded(await run(["compile", flow, "--out", out, "--stats"]));
    expect(stderr).toMatch(/^\d+ lines, 4 states, 4 choice sites$/m);
    expect(stderr).toMatch(/^check [\d.]+ ms, plan [\d.]+ ms, emit [\d.]+ ms$/m);
    expect(stderr).toMatch(/router\.js \d+ bytes/);
  });
});

describe("flowc compile --watch", () => {
  it("compiles again when the file changes, survives mistakes, and ends at Ctrl-C", async () => {
    const { flow, out } = project();
    const child = spawn(process.execPath, [program, "compile", flow, "--out", out, "--watch"]);
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    const until = async (found: () => boolean): Promise<void> => {
      for (let i = 0; i < 400 && !found(); i++) await sleep(50);
      expect(found(), stderr).toBe(true);
    };
    try {
      await until(() => stderr.includes("watching"));
      const text = readFileSync(flow, "utf8");
      writeFileSync(flow, "flow broken(\n");
      await until(() => /error/.test(stderr));
      rmSync(flow);
      await until(() => stderr.includes("there is no such file"));
      stderr = "";
      writeFileSync(flow, text.replaceAll("router", "sorter"));
      await until(() => stderr.includes("files written"));
      expect(readFileSync(join(out, "router.ts"), "utf8")).toContain("sorter");
    } finally {
      child.kill("SIGINT");
    }
    expect(await ended).toBe(130);
  });
});
