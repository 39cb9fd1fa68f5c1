import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
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

  it("shows long lists of labels whole, on several lines", async () => {
    const labels = "a_very_long_label | another_one_which_is_longer | short | something_else | none_of_these";
    const graph = await graphOf(`agent sort(x: text) -> ${labels} { user """{{ x }}""" }
flow main(x: text) -> bool { return sort(x) is short }`);
    expect(graph.nodes).toContainEqual(expect.objectContaining({ gives: labels }));
    const svg = await printGraph(graph, "svg");
    const lines = [...svg.matchAll(/<text class="detail"[^>]* y="([\d.]+)">(a_very|short|none)[^<]*</g)];
    expect(svg).toContain(">a_very_long_label | another_one_which_is_longer |<");
    expect(svg).toContain(">short | something_else | none_of_these<");
    expect(Number(lines[1]![1]) - Number(lines[0]![1])).toBe(16);
    const [first, last] = lines.map(([, y]) => Number(y)) as [number, number];
    expect(boxesOf(svg).some(({ top, bottom }) => top < first - 40 && bottom > last + 6)).toBe(true);
    expect(await printGraph(graph, "mermaid")).toContain("longer #124;<br>short #124;");
  });

  it("has what goes on inside of a group within it, labels too", async () => {
    const svg = await printGraph(await graphOfFile("flows/examples/parallel-notes.flow"), "svg");
    const [, , sheet] = boxesOf(svg, "group parallel") as [Edges, Edges, Edges];
    const inside = ({ left, top, right, bottom }: Edges) =>
      left > sheet.left && right < sheet.right && top > sheet.top && bottom < sheet.bottom;
    expect(boxesOf(svg, "ground")).toHaveLength(4);
    expect(boxesOf(svg, "ground").every(inside)).toBe(true);
  });

  it("breaks no line in front of what has too many characters for one", async () => {
    const label = "x".repeat(60);
    const svg = await printGraph(
      await graphOf(`agent sort(x: text) -> ${label} | b { user """{{ x }}""" }
flow main(x: text) -> bool { return sort(x) is b }`),
      "svg",
    );
    expect(svg).toContain(`>${"x".repeat(47)}… |<`);
  });
});

interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The boxes of nodes, or of something else, without those of the legend. */
function boxesOf(svg: string, style = "box"): Edges[] {
  const rectangles = svg.matchAll(
    new RegExp(
      `<rect class="${style}" x="([-\\d.]+)" y="([-\\d.]+)" width="([\\d.]+)" height="([\\d.]+)"`,
      "g",
    ),
  );
  return [...rectangles].flatMap((found) => {
    const [x, y, width, height] = found.slice(1).map(Number) as [number, number, number, number];
    return height === 12 ? [] : [{ left: x, top: y, right: x + width, bottom: y + height }];
  });
}

/** Points along each arrow, without its ends, which touch nodes. */
function arrowsOf(svg: string): (readonly [x: number, y: number])[][] {
  return [...svg.matchAll(/<path class="edge" d="([^"]+)"/g)].map(([, path]) => {
    const points: (readonly [number, number])[] = [];
    let at: readonly [number, number] = [0, 0];
    for (const [, kind, rest] of path!.matchAll(/([MLC])([-\d. ]+)/g)) {
      const n = rest!.trim().split(" ").map(Number);
      const [a, b, to] = kind === "C" ? [n.slice(0, 2), n.slice(2, 4), n.slice(4)] : [at, n, n];
      for (let t = 0.1; t < 1 && kind === "C"; t += 0.1) {
        const on = (i: 0 | 1) =>
          (1 - t) ** 3 * at[i] +
          3 * (1 - t) ** 2 * t * a![i]! +
          3 * (1 - t) * t * t * b![i]! +
          t ** 3 * to![i]!;
        points.push([on(0), on(1)]);
      }
      at = [to![0]!, to![1]!];
      points.push(at);
    }
    return points.slice(1, -1);
  });
}

const meet = (a: Edges, b: Edges) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

describe.each([
  "flows/musique-answerable.flow",
  "flows/musique-full.flow",
  "flows/examples/parallel-notes.flow",
  "flows/examples/retrieve-until-done.flow",
  "flows/examples/router.flow",
  "test/golden/ok/effects.flow",
  "test/golden/ok/loops.flow",
  "test/fixtures/machines/judged-plans.flow",
])("the picture of %s", (path) => {
  let svg: string;
  beforeAll(async () => {
    svg = await printGraph(await graphOfFile(path), "svg");
  });

  it("has its nodes beside and below one another, never on top", () => {
    const boxes = boxesOf(svg);
    expect(boxes.length).toBeGreaterThan(2);
    expect(boxes.filter((box, i) => boxes.some((other, j) => i < j && meet(box, other)))).toEqual([]);
  });

  it("leads no arrow over a node", () => {
    const boxes = boxesOf(svg);
    const crossed = arrowsOf(svg).flatMap((points) =>
      boxes.filter(({ left, top, right, bottom }) =>
        points.some(([x, y]) => x > left + 3 && x < right - 3 && y > top + 3 && y < bottom - 3),
      ),
    );
    expect(crossed).toEqual([]);
  });

  it("has its labels beside nodes and one another", () => {
    const [labels, boxes] = [boxesOf(svg, "ground"), boxesOf(svg)];
    const covered = labels.filter((label, i) =>
      [...boxes, ...labels.slice(i + 1)].some((other) => meet(label, other)),
    );
    expect(covered).toEqual([]);
  });
});

it("docs/images/musique-answerable.svg is what `flowc graph` draws", async () => {
  const svg = await printGraph(await graphOfFile("flows/musique-answerable.flow"), "svg");
  expect(
    readFileSync("docs/images/musique-answerable.svg", "utf8"),
    "`flowc graph flows/musique-answerable.flow --out docs/images/musique-answerable.svg` draws it anew",
  ).toBe(svg);
});
