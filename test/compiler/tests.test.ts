import { describe, expect, it } from "vitest";
import { check, compile } from "../../compiler/index.js";
import { machineOf } from "./drive.js";

const flow = `agent shorten(of: text) -> text(max_tokens: 10) {
  user """
    {{ of }}
  """
}

flow short(of: text) -> text {
  return shorten(of)
}
`;

const test = (name: string) => `
test "${name}" for short {
  input { of: "a" }
  mock shorten -> "b"
  expect "b"
}
`;

describe("tests and the machine", () => {
  it("emit the same bytes with tests below the flow as without", async () => {
    const { files } = await compile(flow, "short.flow");
    const withTests = await compile(`${flow}${test("one")}${test("two")}`, "short.flow");
    expect(withTests.diagnostics).toEqual([]);
    expect(withTests.files).toEqual(files);
  });

  it("leave the lines of what stands between them where they are, for debuggers", async () => {
    const { files } = await compile(`${test("one").trimStart()}\n${flow}${test("two")}`, "short.flow");
    const { sourcesContent } = JSON.parse(files!.find(({ name }) => name === "short.js.map")!.text);
    expect(sourcesContent).toEqual([`${"\n".repeat(6)}${flow}`]);
  });

  it("have no part in the source's hash, wherever they stand", async () => {
    const { source } = await machineOf(flow);
    expect((await machineOf(`${test("one")}${flow}`)).source).toBe(
      (await machineOf(`${test("another one")}${flow}`)).source,
    );
    expect((await machineOf(`${flow}${test("one")}# end`)).source).not.toBe(source);
    expect((await machineOf(flow.replace("10", "11"))).source).not.toBe(source);
  });

  it("are no use of an agent", () => {
    const unused = flow.replace("shorten(of)", "of");
    const { diagnostics } = check(`${unused}test "x" { input { of: "a" } expect "a" }\n`, "f.flow");
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "F112 the agent `shorten` is never used",
    ]);
  });
});

describe("what a test may answer", () => {
  const both = `agent better(a: text, b: text) -> yes | no { user """{{ a }} {{ b }}""" }
flow best(of: list<text>) -> text {
  let found = pick c from of by better(c, "x") is yes else return ""
  branch better(found, "y") { yes -> return found no -> return "" }
}
`;

  it.each([
    ["mock better -> 1, yes", []],
    ["mock better -> yes", []],
    ['mock "best/better#0" -> 0 mock "best/better#1@" -> no', []],
    ['mock "best/better#0" -> yes', ["F605"]],
    ['mock "best/better#1" -> 0', ["F201"]],
    ["mock better -> file", ["F206"]],
    ['mock better -> file("a.json")', []],
    ['mock "best/better#0" -> file("a.json")', ["F605"]],
    ["mock better -> -1", ["F201"]],
  ])("of picks and labels: %s", (mock, codes) => {
    const { diagnostics } = check(`${both}test "x" { input { of: ["a"] } ${mock} expect "a" }\n`, "f.flow");
    expect(diagnostics.map(({ code }) => code)).toEqual(codes);
  });

  it("says nothing of what could not be read", () => {
    const broken = both
      .replace("agent better(", "agnet better(")
      .replace(/ {2}branch.*\n/, "  return found\n");
    const { diagnostics } = check(
      `${broken}test "x" { input { of: [] } mock better -> 1 expect "" }\n`,
      "f.flow",
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(["F004"]);
  });

  it("leaves a broken test's flow and the other tests checked", () => {
    const tests = 'test "x" { input { of: [] }\n  mok\n}\ntest "y" { input { of: 1 } expect "" }\n';
    const { diagnostics } = check(both + tests, "f.flow");
    expect(diagnostics.map(({ code }) => code)).toEqual(["F004", "F201"]);
  });
});
