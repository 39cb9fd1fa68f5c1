import { describe, expect, it } from "vitest";
import { type Annotation, annotatedSvg, printGraph } from "../../../compiler/index.js";
import { graphOf, graphOfFile } from "./graphs.js";

const flow = "flows/musique-answerable.flow";

const sitesOf = (some: Readonly<Record<string, Annotation>>) => ({
  caption: "headroom",
  sites: new Map(Object.entries(some)),
});

/** The cards of a picture by what is shown on them: all texts, in order. */
function cardsOf(svg: string): readonly (readonly string[])[] {
  return [...svg.matchAll(/<g class="\w+"><title>.*<\/g>/g)].map(([card]) =>
    [...card.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text!),
  );
}

describe("an annotated picture", () => {
  it("says at each site what was measured there, and nothing at others", async () => {
    const graph = await graphOfFile(flow);
    const svg = await annotatedSvg(graph, {
      caption: "where the loss is made",
      sites: new Map([
        ["musique_answerable/relevant#0", { lines: ["headroom 0.3", "better 12 %"], level: 1 }],
      ]),
    });
    expect(svg).toContain(">where the loss is made<");
    const plain = cardsOf(await printGraph(graph, "svg"));
    expect(cardsOf(svg)).toEqual(
      plain.map((card) => (card.includes("relevant") ? [...card, "headroom 0.3", "better 12 %"] : card)),
    );
    expect(await annotatedSvg(graph, { caption: "", sites: new Map() })).not.toContain('class="meter"');
  });

  it("says the same wherever a flow with the site is called, and nothing at judges and effects", async () => {
    const graph = await graphOf(`extern effect look(x: text) -> bool effectful from "./look.ts"
agent ask(x: text) -> yes | no { user """{{ x }}""" }
judge fair(x: text) -> yes | no { user """{{ x }}""" }
flow part(x: text) -> bool { return ask(x) is yes }
flow main(x: text) -> bool { return part(x) and part("again") and look(x) and fair(x) is yes }`);
    const names = graph.nodes.flatMap((node) => ("site" in node ? [node.site] : []));
    expect(names).toEqual(["part/ask#0", "part/ask#0", "main/look#0", "main/fair#0"]);
    const measured = { lines: ["measured"], level: 0.5 };
    const svg = await annotatedSvg(graph, { caption: "", sites: new Map([["part/ask#0", measured]]) });
    expect(cardsOf(svg).map((card) => card.includes("measured"))).toEqual([true, true, false, false]);
  });

  it("has a meter as long as its level, and lines and meter within its card", async () => {
    const graph = await graphOfFile(flow);
    for (const level of [0, 0.25, 1]) {
      const svg = await annotatedSvg(
        graph,
        sitesOf({ "musique_answerable/final#0": { lines: ["a".repeat(60), "b"], level } }),
      );
      const [, track, meter] =
        /class="track"[^>]* width="([\d.]+)".*?class="meter"[^>]* width="([\d.]+)"/.exec(svg)!;
      expect(Number(meter)).toBeCloseTo(Number(track) * level, 0);
      const card = /<g class="generate"><title>musique_answerable\/final.*<\/g>/.exec(svg)![0];
      const [box, , under] = [
        ...card.matchAll(/<rect [^>]*? x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g),
      ].map((found) => found.slice(1).map(Number) as [number, number, number, number]);
      expect(under![1] + under![3]).toBeLessThan(box![1] + box![3]);
      for (const [, y] of card.matchAll(/<text [^>]* y="([\d.]+)"/g))
        expect(Number(y)).toBeLessThan(under![1]);
      expect(box![2]).toBeGreaterThan(60 * 12 * 0.6);
      expect(card).toContain(`class="heat"`);
    }
  });

  it("makes no markup of what it is given, and no other elements", async () => {
    const hostile = '</text><script>alert(1)</script><a href="javascript:x">&\u0000\u001b]]>';
    const svg = await annotatedSvg(
      await graphOf(
        'agent a(x: text) -> yes | no { user """{{ x }}""" }\nflow f(x: text) -> bool { return a(x) is yes }',
      ),
      { caption: hostile, sites: new Map([["f/a#0", { lines: [hostile], level: 0.5 }]]) },
    );
    const elements = new Set([...svg.matchAll(/<([a-z]+)/g)].map(([, name]) => name));
    expect([...elements].sort()).toEqual([
      "defs",
      "desc",
      "g",
      "marker",
      "path",
      "rect",
      "style",
      "svg",
      "text",
      "title",
    ]);
    for (const unit of ["\u0000", "\u001b"]) expect(svg).not.toContain(unit);
    expect(svg.match(/&lt;script&gt;/g)).toHaveLength(2);
  });

  it("leaves its texts readable in light and in dark, however warm a card is", async () => {
    const svg = await annotatedSvg(
      await graphOfFile(flow),
      sitesOf({ "musique_answerable/query#0": { lines: ["x"], level: 1 } }),
    );
    const opacity = Number(/class="heat"[^>]* opacity="([\d.]+)"/.exec(svg)![1]);
    const [light, dark] = svg.split("@media") as [string, string];
    for (const style of [light, dark]) {
      const colour = (rule: RegExp) => rule.exec(style)![1]!;
      const heat = colour(/\.heat, \.meter { fill: (#\w+)/);
      for (const kind of ["generate", "choose", "pick"]) {
        const ground = mixed(colour(new RegExp(`\\.${kind} \\.box { fill: (#\\w+)`)), heat, opacity);
        expect(contrast(ground, channels(colour(/text { fill: (#\w+)/)))).toBeGreaterThan(7);
        expect(contrast(ground, channels(colour(/\.detail,.*?{ fill: (#\w+)/)))).toBeGreaterThan(4.5);
      }
    }
  });
});

type Channels = readonly number[];

function channels(hex: string): Channels {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

function mixed(under: string, over: string, opacity: number): Channels {
  const top = channels(over);
  return channels(under).map((value, i) => value * (1 - opacity) + top[i]! * opacity);
}

/** As WCAG 2 has it: 4.5 is wanted for texts, 7 for the best grade. */
function contrast(a: Channels, b: Channels): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Channels): number {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
