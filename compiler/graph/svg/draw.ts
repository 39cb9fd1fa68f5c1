import type { FlowGraph, GraphGroup, GraphNode } from "../graph.js";
import { isSite, linesOf, lookOf, textsOf } from "./cards.js";
import { type Box, GLYPH, LINE, type Point, place, sizeOfLabel } from "./layout.js";
import { drawLegend, legendOf, widthOfLegend } from "./legend.js";
import { arrow, escaped, glyph, hexagon, rectangle, round, text } from "./marks.js";
import { widthOf } from "./measure.js";
import { font, styleSheet } from "./style.js";

/** Around the picture, above it for the heading, and below it for the legend. */
const MARGIN = 24;
const HEADING = 36;
const LEGEND = 40;

/** The graph as an SVG file: no scripts, no links, nothing that is loaded from elsewhere. */
export function svg(graph: FlowGraph): string {
  const placed = place(graph);
  const legend = legendOf(graph.nodes);
  const inner = Math.max(placed.width, widthOf(graph.flow, font.heading), widthOfLegend(legend));
  const width = Math.ceil(inner + 2 * MARGIN);
  const height = Math.ceil(placed.height + 2 * MARGIN + HEADING + (legend.length > 0 ? LEGEND : 0));
  const drawn = [
    ...placed.groups.map(([group, box]) => drawGroup(group, box)),
    ...placed.edges.map(([, { points }]) => arrow(points)),
    ...placed.nodes.map(([node, box]) => drawNode(node, box, graph.file)),
    // On top, so that no line strikes them through.
    ...placed.groups.map(([{ title }, { x, y }]) => text("group-title", title, { x: x + 14, y: y + 21 })),
    ...placed.edges.flatMap(([{ when }, { label }]) => drawLabel(when, label)),
  ];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(`The flow ${graph.flow}`)}</title>`,
    `<desc>${escaped(summary(graph))}</desc>`,
    `<style>\n${styleSheet(graph.nodes.some(({ kind }) => kind === "effect"))}\n</style>`,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 .5 8 4 0 7.5z"/></marker></defs>`,
    `<rect class="canvas" width="${width}" height="${height}" rx="10"/>`,
    text("heading", graph.flow, { x: MARGIN, y: MARGIN + 12 }),
    `<g transform="translate(${round((width - placed.width) / 2)} ${MARGIN + HEADING})">`,
    ...drawn,
    "</g>",
    ...drawLegend(legend, { x: MARGIN, y: height - MARGIN }),
    "</svg>",
  ].join("\n")}\n`;
}

function summary({ nodes, doc }: FlowGraph): string {
  const sites = nodes.filter(isSite).map(({ agent, kind }) => `${agent} (${kind})`);
  const effects = nodes.flatMap((node) => (node.kind === "effect" ? [node.effect] : []));
  const done = effects.length === 0 ? "" : ` Its effects are ${effects.join(", ")}.`;
  return `${doc} It asks ${sites.length === 0 ? "nobody" : sites.join(", ")}.${done}`
    .replace(/\s+/g, " ")
    .trim();
}

/** Passes at the same time are sheets one behind another. */
function drawGroup({ kind }: GraphGroup, box: Box): string {
  const sheet = (by: number) => rectangle(`group ${kind}`, { ...box, x: box.x + by, y: box.y - by }, 10);
  return kind === "parallel" ? sheet(8) + sheet(4) + sheet(0) : sheet(0);
}

/** Its line stops in front of a label and goes on behind it. */
function drawLabel(when: readonly string[], { x, y }: Point): string[] {
  if (when.length === 0) return [];
  const lines = linesOf(when);
  const { width, height } = sizeOfLabel(when);
  const first = y + 4 - ((lines.length - 1) * LINE) / 2;
  return [
    rectangle("ground", { x: x - width / 2 + 3, y: y - height / 2, width: width - 6, height }, 4),
    ...lines.map((line, index) => text("label", line, { x, y: first + index * LINE }, "middle")),
  ];
}

/** @param own the file of the flow, which goes without saying */
function drawNode(node: GraphNode, box: Box, own: string): string {
  const { kind, title, detail } = textsOf(node);
  const { x, y, width } = box;
  const middle = (style: string) => text(style, detail[0]!, { x: x + width / 2, y: y + 20 }, "middle");
  switch (node.kind) {
    case "fork":
    case "join":
      return rectangle("bar", box, 3);
    case "decision":
      return `<g class="plain">${hexagon("box", box)}${middle("detail")}</g>`;
    case "start":
    case "end":
      return `<g class="plain">${rectangle("box", box, 16)}${middle("detail")}</g>`;
    case "generate":
    case "choose":
    case "pick":
    case "effect": {
      const { file, line, column } = node.place;
      const about = `${node.site}, ${file === own ? "" : `${file}:`}${line}:${column}`;
      return [
        `<g class="${lookOf(node)}"><title>${escaped(about)}</title>`,
        rectangle("box", box, 8),
        glyph(node.kind, { x: x + 14, y: y + 10 }),
        text("kind", kind, { x: x + 14 + GLYPH, y: y + 19 }),
        text("title", title, { x: x + 14, y: y + 38 }),
        ...detail.map((line, index) => text("detail", line, { x: x + 14, y: y + 55 + index * LINE })),
        "</g>",
      ].join("");
    }
  }
}
