import { Graph, layout } from "@dagrejs/dagre";
import type { Annotations } from "../annotations.js";
import type { FlowGraph, GraphEdge, GraphGroup, GraphNode } from "../graph.js";
import { annotationOf, isCard, linesOf, textsOf } from "./cards.js";
import { widthOf } from "./measure.js";
import { font, SPACING } from "./style.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** In pixels from the picture's upper left corner. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

type Size = Pick<Box, "width" | "height">;

export interface PlacedEdge {
  readonly points: readonly Point[];
  /** The middle of its label. */
  readonly label: Point;
}

/** Where everything stands. */
export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly (readonly [GraphNode, Box])[];
  readonly edges: readonly (readonly [GraphEdge, PlacedEdge])[];
  /** Outer ones first. */
  readonly groups: readonly (readonly [GraphGroup, Box])[];
}

/** The height of a line of a label, or of what a card gives. */
export const LINE = 16;

/** What a card's kind stands behind: its sign, and the gap to it. */
export const GLYPH = 18;

/** Above what was measured at a card's site, and below it for its meter. */
export const GAP = 6;
export const METER = 10;

/** Between a group and what is in it, and above that for its title. */
const PADDING = 16;
const TITLE = 26;

/**
 * Groups that the layout keeps together; the borders that it runs along each would take seconds for more. Where there
 * are more, nodes stand where their edges lead, and a group's box around what is in it.
 */
const MOST_GROUPS = 50;

/** Places the nodes from top to bottom, so that most edges lead down. The same graph is always placed in the same way. */
export function place({ nodes, edges, groups }: FlowGraph, annotations?: Annotations): Placed {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 40, edgesep: 24, ranksep: 44 });
  for (const node of nodes) graph.setNode(node.id, sizeOf(node, annotations));
  if (groups.length <= MOST_GROUPS) {
    for (const { id } of groups) graph.setNode(id, { width: 0, height: 0 });
    for (const { id, group } of [...groups, ...nodes]) if (group !== undefined) graph.setParent(id, group);
  }
  edges.forEach(({ from, to, when }, index) => {
    const size = when.length === 0 ? {} : { ...sizeOfLabel(when), labelpos: "c" as const };
    graph.setEdge(from, to, size, String(index));
  });
  layout(graph);

  const placedNodes = new Map(nodes.map((node) => [node.id, boxOf(graph.node(node.id) as Box)]));
  const placedEdges = edges.map((edge, index): readonly [GraphEdge, PlacedEdge] => {
    const { points = [], x = 0, y = 0 } = graph.edge({ v: edge.from, w: edge.to, name: String(index) });
    return [edge, { points, label: { x, y } }];
  });
  const boxes = groupBoxes({ nodes, groups }, placedNodes, placedEdges);
  return shifted({
    nodes: nodes.map((node) => [node, placedNodes.get(node.id)!]),
    edges: placedEdges,
    groups: groups.map((group) => [group, boxes.get(group.id)!]),
  });
}

function sizeOf(node: GraphNode, annotations: Annotations | undefined): Size {
  if (node.kind === "fork" || node.kind === "join") return { width: 130, height: 6 };
  const { kind, title, detail } = textsOf(node);
  const heading = kind === "" ? 0 : GLYPH + widthOf(kind, font.kind) + [...kind].length * font.kind * SPACING;
  const { lines: measured = [] } = annotationOf(node, annotations) ?? {};
  const widths = [...detail, ...measured].map((line) => widthOf(line, font.small));
  const width = Math.max(heading, widthOf(title, font.title), ...widths) + 36;
  if (!isCard(node)) return { width: width + 8, height: 32 };
  const more = measured.length === 0 ? 0 : GAP + measured.length * LINE + METER;
  return { width: Math.max(130, width), height: 66 + (detail.length - 1) * LINE + more };
}

/** What the label of an edge takes up, with room around it. */
export function sizeOfLabel(when: readonly string[]): Size {
  const widths = linesOf(when).map((line) => widthOf(line, font.label));
  return { width: Math.max(...widths) + 12, height: when.length * LINE + 2 };
}

function boxOf({ x, y, width, height }: Box): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/**
 * Around what is in each group, the inner groups first. Edges from one of its nodes to another are in it too, where they
 * find room beside the nodes of others.
 */
function groupBoxes(
  { nodes, groups }: Pick<FlowGraph, "nodes" | "groups">,
  placedNodes: ReadonlyMap<string, Box>,
  placedEdges: readonly (readonly [GraphEdge, PlacedEdge])[],
): ReadonlyMap<string, Box> {
  const boxes = new Map<string, Box>();
  const members = new Map<string, ReadonlySet<string>>();
  for (const { id, title } of [...groups].reverse()) {
    const inner = groups.filter(({ group }) => group === id);
    const own = nodes.filter(({ group }) => group === id).map((node) => node.id);
    const inside = new Set([...own, ...inner.flatMap((each) => [...members.get(each.id)!])]);
    members.set(id, inside);
    const boxAround = (what: readonly Box[]): Box => {
      const { left, top, right, bottom } = around(what);
      const width = Math.max(right - left + 2 * PADDING, widthOf(title, font.small) + 40);
      const x = (left + right - width) / 2;
      return { x, y: top - PADDING - TITLE, width, height: bottom - top + 2 * PADDING + TITLE };
    };
    const drawn = [...own.map((node) => placedNodes.get(node)!), ...inner.map((each) => boxes.get(each.id)!)];
    const ways = placedEdges.filter(([{ from, to }]) => inside.has(from) && inside.has(to));
    const wide = boxAround([...drawn, ...ways.flatMap(boxesOfEdge)]);
    const meetsOthers = [...placedNodes].some(([node, box]) => !inside.has(node) && meet(box, wide));
    boxes.set(id, meetsOthers ? boxAround(drawn) : wide);
  }
  return boxes;
}

/** What an edge takes up: its points, and its label if it has one. */
function boxesOfEdge([{ when }, { points, label }]: readonly [GraphEdge, PlacedEdge]): readonly Box[] {
  const line = points.map((point) => ({ ...point, width: 0, height: 0 }));
  return when.length === 0 ? line : [...line, boxOf({ ...label, ...sizeOfLabel(when) })];
}

function meet(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function around(boxes: readonly Box[]) {
  return {
    left: Math.min(...boxes.map(({ x }) => x)),
    top: Math.min(...boxes.map(({ y }) => y)),
    right: Math.max(...boxes.map(({ x, width }) => x + width)),
    bottom: Math.max(...boxes.map(({ y, height }) => y + height)),
  };
}

/** The same with all of it in the picture, which begins at 0. */
function shifted({ nodes, edges, groups }: Omit<Placed, "width" | "height">): Placed {
  const { left, top, right, bottom } = around([
    ...[...nodes, ...groups].map(([, box]) => box),
    ...edges.flatMap(boxesOfEdge),
  ]);
  const move = <T extends Point>(each: T): T => ({ ...each, x: each.x - left, y: each.y - top });
  return {
    width: right - left,
    height: bottom - top,
    nodes: nodes.map(([node, box]) => [node, move(box)]),
    edges: edges.map(([edge, { points, label }]) => [edge, { points: points.map(move), label: move(label) }]),
    groups: groups.map(([group, box]) => [group, move(box)]),
  };
}
