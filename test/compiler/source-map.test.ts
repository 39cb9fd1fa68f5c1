import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { expect, it } from "vitest";
import { loadFlowText } from "../../cli/load-flow.js";
import { compile } from "../../compiler/index.js";

const path = "flows/musique-answerable.flow";
const flow = readFileSync(path, "utf8");

/** The line of the .flow file that a piece of emitted text leads to. */
async function lineOf(ending: string, piece: string): Promise<string> {
  const { files } = await compile(flow, path, { sourcePath: "../flows/musique-answerable.flow" });
  const text = files!.find((each) => each.name.endsWith(`answerable.${ending}`))!.text;
  const map = JSON.parse(files!.find((each) => each.name.endsWith(`answerable.${ending}.map`))!.text);
  const line = text.split("\n").findIndex((each) => each.includes(piece));
  expect(line, `${piece} is not in the ${ending} file`).toBeGreaterThan(-1);
  const column = text.split("\n")[line]!.indexOf(piece);
  const entry = new SourceMap(map).findEntry(line, column) as {
    originalSource: string;
    originalLine: number;
  };
  expect(entry.originalSource).toBe("../flows/musique-answerable.flow");
  return flow.split("\n")[entry.originalLine]!.trim();
}

it.each(["ts", "js"])("leads from the emitted .%s to the lines of the flow", async (ending) => {
  expect(await lineOf(ending, "known = lists.sized([...known, best]")).toBe("set known = known + [best]");
  expect(await lineOf(ending, 'return { at: "query#0"')).toBe("let q = query(question, known)");
  expect(await lineOf(ending, "if (pass1 >= 4)")).toBe("loop up to 4 {");
  expect(await lineOf(ending, 'return { at: "done"')).toContain("return { answer: final(");
});

it("has the js file name its map", async () => {
  const { files } = await compile(flow, path);
  const js = files!.find((each) => each.name.endsWith(".js"))!.text;
  expect(js.trimEnd().endsWith("//# sourceMappingURL=musique-answerable.js.map")).toBe(true);
});

it("gives a loaded flow a stack that can be mapped to the .flow file", async () => {
  const { module } = await loadFlowText("flow f(xs: list<int>) -> int {\n  return xs[0]\n}\n", "broken.flow");
  expect(() => module!.start({ xs: [] })).toThrow(/index 0 of a list of 0 \(at 2:10/);
});

it("lets no code in through the name of a file", async () => {
  const name = 'x\nprocess.exit(1);//\u2028"`*/.flow';
  const { files } = await compile("flow f(a: text) -> text { return a }", name, { sourcePath: name });
  for (const { text } of files!.filter((each) => !each.name.endsWith(".map"))) {
    expect(
      text.split(/[\n\u2028]/).filter((line) => line.includes("process") && !line.startsWith("//")),
    ).toEqual([]);
  }
});
