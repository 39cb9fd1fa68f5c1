import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { printGraph } from "../../../compiler/index.js";
import { graphOf, graphOfFile } from "./graphs.js";

/** Names of elements and attributes of a well-formed XML text, and its texts; throws where it is none. */
function parsed(xml: string): { readonly names: ReadonlySet<string>; readonly texts: readonly string[] } {
  const names = new Set<string>();
  const texts: string[] = [];
  const open: string[] = [];
  const piece = /<(\/?)([a-z]+)((?: [\w:-]+="[^"<&]*")*)(\/?)>|((?:[^<>&]|&(?:amp|lt|gt|quot|#39);)+)/gy;
  while (piece.lastIndex < xml.length) {
    const at = piece.lastIndex;
    const found = piece.exec(xml);
    if (found === null) throw new Error(`no XML at ${at}: ${xml.slice(at, at + 60)}`);
    const [, closing, name, attributes, empty, text] = found;
    if (text !== undefined) texts.push(text);
    else if (closing === "/") expect(open.pop()).toBe(name);
    else {
      names.add(name!);
      for (const [, attribute] of attributes!.matchAll(/ ([\w:-]+)=/g)) names.add(`@${attribute}`);
      if (empty !== "/") open.push(name!);
    }
  }
  expect(open).toEqual([]);
  return { names, texts };
}

const known = new Set(
  "svg title desc style defs marker path rect text g polygon @xmlns @width @height @viewBox @role @id @refX @refY @markerWidth @markerHeight @orient @class @d @rx @x @y @transform @text-anchor @fill-rule @points @marker-end".split(
    " ",
  ),
);

describe("a graph as SVG", () => {
  it.each([
    "flows/musique-answerable.flow",
    "flows/examples/parallel-notes.flow",
    "test/golden/ok/loops.flow",
    "test/golden/ok/hostile.flow",
    "test/fixtures/machines/judged-plans.flow",
  ])("of %s is well formed, the same every time, and shows every text", async (path) => {
    const graph = await graphOfFile(path);
    const svg = await printGraph(graph, "svg");
    expect(await printGraph(graph, "svg")).toBe(svg);
    const { names, texts } = parsed(svg);
    expect([...names].filter((name) => !known.has(name))).toEqual([]);
    const all = texts.join("\n").replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&#39;", "'");
    for (const node of graph.nodes) if ("gives" in node) expect(all).toContain(node.gives);
    for (const { title } of graph.groups) expect(all).toContain(title);
    for (const { when } of graph.edges) for (const each of when) expect(all).toContain(each);
    expect(svg).toContain("@media (prefers-color-scheme: dark)");
  });

  it("makes no markup and no control characters of a flow's texts", async () => {
    const hostile = '</text><script>alert(1)</script><a href=\\"javascript:x\\">&\\u{0}\\u{1b}]]>';
    const svg = await printGraph(
      await graphOf(`/// ${hostile}
agent ask(x: text) -> text(max_tokens: 2) { user """{{ x }}""" }
flow main(x: text) -> text {
  branch x == "${hostile}" { true -> return ask(x) false -> pass }
  loop each in ["${hostile}"] { do ask(each) }
  return "${hostile}"
}`),
      "svg",
    );
    const { names } = parsed(svg);
    expect([...names].filter((name) => !known.has(name))).toEqual([]);
  });

  it("has room in a card for its kind too, such as that of an effect with a short name", async () => {
    const svg = await printGraph(
      await graphOf(`extern effect a(x: text) -> bool effectful from "./a.ts"
flow main(x: text) -> bool { return a(x) }`),
      "svg",
    );
    const [, left, width] = svg.match(
      /<g class="effect">.*?<rect class="box" x="([\d.]+)".*? width="([\d.]+)"/,
    )!;
    const [, from, kind] = svg.match(/<text class="kind" x="([\d.]+)"[^>]*>([^<]+)</)!;
    expect(kind).toBe("effect, effectful");
    // 0.6 of the font's size a letter, and what stands between two.
    const end = Number(from) + [...kind!].length * 10.5 * (0.6 + 0.04);
    expect(end).toBeLessThan(Number(left) + Number(width) - 8);
  });

  it("places nodes beside and below one another, never on top", async () => {
    const svg = await printGraph(await graphOfFile("test/golden/ok/loops.flow"), "svg");
    const boxes = [
      ...svg.matchAll(
        /<rect class="box" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="(?:8|16)"/g,
      ),
    ].map((box) => box.slice(1).map(Number) as [number, number, number, number]);
    expect(boxes.length).toBeGreaterThan(9);
    const overlapping = boxes.filter(([x, y, width, height], i) =>
      boxes.some(([a, b, w, h], j) => i < j && x < a + w && a < x + width && y < b + h && b < y + height),
    );
    expect(overlapping).toEqual([]);
  });
});

it("docs/images/musique-answerable.svg is what `flowc graph` draws", async () => {
  const svg = await printGraph(await graphOfFile("flows/musique-answerable.flow"), "svg");
  expect(
    readFileSync("docs/images/musique-answerable.svg", "utf8"),
    "`flowc graph flows/musique-answerable.flow --out docs/images/musique-answerable.svg` draws it anew",
  ).toBe(svg);
});
