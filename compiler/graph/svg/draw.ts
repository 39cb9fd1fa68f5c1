import type { Annotation, Annotations } from "../annotations.js";
import type { FlowGraph, GraphGroup, GraphNode } from "../graph.js";
import { annotationOf, isSite, linesOf, lookOf, textsOf } from "./cards.js";
import { type Box, GAP, GLYPH, LINE, METER, type Point, place, sizeOfLabel } from "./layout.js";
import { drawLegend, legendOf, widthOfLegend } from "./legend.js";
import { arrow, escaped, glyph, hexagon, rectangle, round, shade, text } from "./marks.js";
import { widthOf } from "./measure.js";
import { font, styleSheet } from "./style.js";

/** Around the picture, above it for the heading, and below it for the legend. */
const MARGIN = 24;
const HEADING = 36;
const CAPTION = 20;
const LEGEND = 40;

/** How much of its colour the warmest card takes on. */
const MOST_HEAT = 0.2;

/** The graph as an SVG file: no scripts, no links, nothing that is loaded from elsewhere. */
export function svg(graph: FlowGraph, annotations?: Annotations): string {
  const placed = place(graph, annotations);
  const { caption = "" } = annotations ?? {};
  const heading = HEADING + (annotations === undefined ? 0 : CAPTION);
  const legend = legendOf(graph.nodes);
  const inner = Math.max(
    placed.width,
    widthOf(graph.flow, font.heading),
    widthOf(caption, font.small),
    widthOfLegend(legend),
  );
  const width = Math.ceil(inner + 2 * MARGIN);
  const height = Math.ceil(placed.height + 2 * MARGIN + heading + (legend.length > 0 ? LEGEND : 0));
  const drawn = [
    ...placed.groups.map(([group, box]) => drawGroup(group, box)),
    ...placed.edges.map(([, { points }]) => arrow(points)),
    ...placed.nodes.map(([node, box]) =>
      drawNode(node, box, { own: graph.file, measured: annotationOf(node, annotations) }),
    ),
    // On top, so that no line strikes them through.
    ...placed.groups.map(([{ title }, { x, y }]) => text("group-title", title, { x: x + 14, y: y + 21 })),
    ...placed.edges.flatMap(([{ when }, { label }]) => drawLabel(when, label)),
  ];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(`The flow ${graph.flow}`)}</title>`,
    `<desc>${escaped(summary(graph))}</desc>`,
    `<style>\n${styleSheet({ effects: graph.nodes.some(({ kind }) => kind === "effect"), measured: annotations !== undefined })}\n</style>`,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 .5 8 4 0 7.5z"/></marker></defs>`,
    `<rect class="canvas" width="${width}" height="${height}" rx="10"/>`,
    text("heading", graph.flow, { x: MARGIN, y: MARGIN + 12 }),
    ...(annotations === undefined ? [] : [text("caption", caption, { x: MARGIN, y: MARGIN + 34 })]),
    `<g transform="translate(${round((width - placed.width) / 2)} ${MARGIN + heading})">`,
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

interface About {
  /** The file of the flow, which goes without saying. */
  readonly own: string;
  readonly measured: Annotation | undefined;
}

function drawNode(node: GraphNode, box: Box, { own, measured }: About): string {
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
        ...(measured === undefined ? [] : [heat(box, measured.level)]),
        glyph(node.kind, { x: x + 14, y: y + 10 }),
        text("kind", kind, { x: x + 14 + GLYPH, y: y + 19 }),
        text("title", title, { x: x + 14, y: y + 38 }),
        ...detail.map((line, index) => text("detail", line, { x: x + 14, y: y + 55 + index * LINE })),
        ...(measured === undefined ? [] : drawMeasured(measured, box, y + 55 + GAP + detail.length * LINE)),
        "</g>",
      ].join("");
    }
  }
}

/** The more, the warmer; so faint that all texts stay readable. */
function heat(box: Box, level: number): string {
  return shade("heat", box, 8, level * MOST_HEAT);
}

/** Lines from `top` on, and a meter below them: what the colour says, for those who see none. */
function drawMeasured({ lines, level }: Annotation, { x, width }: Box, top: number): string[] {
  const meter = { x: x + 14, y: top + (lines.length - 1) * LINE + METER - 3, width: width - 28, height: 4 };
  return [
    ...lines.map((line, index) => text("measure", line, { x: x + 14, y: top + index * LINE })),
    rectangle("track", meter, 2),
    rectangle("meter", { ...meter, width: meter.width * level }, 2),
  ];
}
