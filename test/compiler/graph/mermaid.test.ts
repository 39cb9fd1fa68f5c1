import DOMPurify from "dompurify";
import mermaidLibrary from "mermaid";
import { beforeAll, describe, expect, it } from "vitest";
import { type FlowGraph, printGraph } from "../../../compiler/index.js";
import { graphOf, graphOfFile } from "./graphs.js";

/** What Mermaid's own parser makes of a text. */
interface Chart {
  readonly vertices: readonly { readonly id: string; readonly text: string; readonly type: string }[];
  readonly edges: readonly { readonly start: string; readonly end: string; readonly text: string }[];
  readonly subgraphs: readonly { readonly title: string; readonly nodes: readonly string[] }[];
}

/** The parser needs no browser, but asks its sanitiser, which does; labels are compared as they were written. */
Object.assign(DOMPurify, { addHook: () => {}, sanitize: (text: string) => text });

beforeAll(async () => {
  // Loads what knows flowcharts.
  await mermaidLibrary.parse("flowchart TD\n a");
});

async function chartOf(text: string): Promise<Chart> {
  const { db } = (await mermaidLibrary.mermaidAPI.getDiagramFromText(text)) as unknown as {
    readonly db: {
      getVertices(): ReadonlyMap<string, Chart["vertices"][number]>;
      getEdges(): Chart["edges"];
      getSubGraphs(): Chart["subgraphs"];
    };
  };
  return { vertices: [...db.getVertices().values()], edges: db.getEdges(), subgraphs: db.getSubGraphs() };
}

/** A label with its numbers read back; Mermaid keeps them in a form of its own until it draws. */
function shown(text: string): string {
  return text.replace(/(?:#|ﬂ°°)(\d+)(?:;|¶ß)/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

/** Every text of a graph is a label of one thing in the chart, and there is nothing else. */
async function expectSame(graph: FlowGraph): Promise<void> {
  const chart = await chartOf(await printGraph(graph, "mermaid"));
  expect(chart.vertices).toHaveLength(graph.nodes.length);
  expect(chart.edges.map(({ text }) => shown(text ?? ""))).toEqual(
    graph.edges.map(({ when }) => when.join("<br>or ")),
  );
  expect(chart.subgraphs.map(({ title }) => shown(title)).sort()).toEqual(
    graph.groups.map(({ title }) => title).sort(),
  );
  const ids = new Map(graph.nodes.map(({ id }, index) => [`n${index}`, id]));
  expect(chart.edges.map(({ start, end }) => [ids.get(start), ids.get(end)])).toEqual(
    graph.edges.map(({ from, to }) => [from, to]),
  );
  const texts = new Map(chart.vertices.map(({ id, text }) => [ids.get(id), shown(text)]));
  for (const node of graph.nodes) {
    const text = texts.get(node.id);
    if ("site" in node) expect(text).toContain(`<br>${node.gives}`);
    if (node.kind === "decision") expect(text).toBe(node.condition);
    if (node.kind === "end") expect(text).toBe(`return ${node.returns}`);
  }
}

describe("a graph as Mermaid", () => {
  it.each([
    "flows/musique-answerable.flow",
    "flows/musique-full.flow",
    "flows/examples/parallel-notes.flow",
    "flows/examples/router.flow",
    "test/golden/ok/loops.flow",
    "test/golden/ok/optionals.flow",
    "test/golden/ok/hostile.flow",
    "test/fixtures/machines/judged-plans.flow",
  ])("of %s is what Mermaid's parser reads", async (path) => {
    await expectSame(await graphOfFile(path));
  });

  it("tells what is chosen by shapes, and judges by their class", async () => {
    const graph = await graphOfFile("test/fixtures/machines/judged-plans.flow");
    const text = await printGraph(graph, "mermaid");
    const { vertices } = await chartOf(text);
    const typeOf = (agent: string) => vertices.find((each) => each.text.includes(agent))?.type;
    expect([typeOf("plan"), typeOf("polish"), typeOf("better")]).toEqual(["square", "hexagon", "hexagon"]);
    expect(text).toMatch(/class n\d judge/);
  });

  it.each([
    '"] --> evil["x',
    "`**bold**`",
    "end\\nsubgraph x",
    "<script>alert(1)</script>",
    '%%{init: {"securityLevel": "loose"}}%%',
    "| --> n0",
    "#quot;#9829;",
    "1. one",
    "\\u{0}\\u{7}\\u{202e}\\u{2028}",
    "click n0 href javascript:alert(1)",
    "日本語 😀",
  ])("keeps %j a label", async (hostile) => {
    const quoted = hostile.replaceAll('"', '\\"').replaceAll("\\\\", "\\");
    await expectSame(
      await graphOf(`agent ask(x: text) -> text(max_tokens: 2) { user """{{ x }}""" }
flow main(x: text) -> text {
  branch x == "${quoted}" { true -> return ask(x) false -> pass }
  loop each in ["${quoted}"] { do ask(each) }
  return "${quoted}"
}`),
    );
  });
});
