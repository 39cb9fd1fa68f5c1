import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { run } from "./support.js";

const untidy = "type   A={x:int}\n";
const tidy = "type A = { x: int }\n";

function file(text: string, name = "a.flow"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe("flowc fmt", () => {
  it("changes files in place, and names those that it changed", async () => {
    const [one, two] = [file(untidy), file(tidy)];
    expect(await run(["fmt", one, two])).toEqual({ code: 0, stdout: "", stderr: `${one}\n` });
    expect(readFileSync(one, "utf8")).toBe(tidy);
    expect(readFileSync(two, "utf8")).toBe(tidy);
    expect(await run(["fmt", one])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("only names them with --check, and ends with 1", async () => {
    const [one, two] = [file(untidy), file(tidy)];
    expect(await run(["fmt", "--check", one, two])).toEqual({ code: 1, stdout: `${one}\n`, stderr: "" });
    expect(readFileSync(one, "utf8")).toBe(untidy);
    expect(await run(["fmt", "--check", two])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("lays out what comes from standard input", async () => {
    expect(await run(["fmt", "-"], { stdin: untidy })).toEqual({ code: 0, stdout: tidy, stderr: "" });
  });

  it("leaves a file with syntax errors as it was, and reports them", async () => {
    const broken = file("flow f(x: int -> int {\n  return x\n}\n");
    const { code, stdout, stderr } = await run(["fmt", broken]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/a\.flow:1:\d+/);
    expect(readFileSync(broken, "utf8")).toContain("int -> int {");
  });

  it("ends with 2 for a file that is not there, before it writes any", async () => {
    const one = file(untidy);
    const { code, stderr } = await run(["fmt", "nor.flow", one, "none.flow"]);
    expect(code).toBe(2);
    expect(stderr).toBe("flowc: nor.flow: there is no such file\nflowc: none.flow: there is no such file\n");
    expect(readFileSync(one, "utf8")).toBe(untidy);
  });
});
