import { Graph, layout } from "@dagrejs/dagre";
import type { FlowGraph, GraphEdge, GraphGroup, GraphNode } from "../graph.js";
import { isCard, linesOf, textsOf } from "./cards.js";
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

/** The height of a line of a label. */
export const LINE = 16;

/** What a card's kind stands behind: its sign, and the gap to it. */
export const GLYPH = 18;

/** Between a group and what is in it, and above that for its title. */
const PADDING = 16;
const TITLE = 26;

/**
 * Groups that the layout keeps together; the borders that it runs along each would take seconds for more. Where there
 * are more, nodes stand where their edges lead, and a group's box around what is in it.
 */
const MOST_GROUPS = 50;

/** Places the nodes from top to bottom, so that most edges lead down. The same graph is always placed in the same way. */
export function place({ nodes, edges, groups }: FlowGraph): Placed {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 40, edgesep: 24, ranksep: 44 });
  for (const node of nodes) graph.setNode(node.id, sizeOf(node));
  if (groups.length <= MOST_GROUPS) {
    for (const { id } of groups) graph.setNode(id, { width: 0, height: 0 });
    for (const { id, group } of [...groups, ...nodes]) if (group !== undefined) graph.setParent(id, group);
  }
  edges.forEach(({ from, to, when }, index) => {
    const size = when.length === 0 ? {} : { ...sizeOfLabel(when), labelpos: "c" as const };
    graph.setEdge(from, to, size, String(index));
  });
  layout(graph);

  const placed = new Map(nodes.map((node) => [node.id, boxOf(graph.node(node.id) as Box)]));
  const boxes = groupBoxes(groups, nodes, placed);
  return shifted({
    nodes: nodes.map((node) => [node, placed.get(node.id)!]),
    edges: edges.map((edge, index) => {
      const { points = [], x = 0, y = 0 } = graph.edge({ v: edge.from, w: edge.to, name: String(index) });
      return [edge, { points, label: { x, y } }];
    }),
    groups: groups.map((group) => [group, boxes.get(group.id)!]),
  });
}

function sizeOf(node: GraphNode): Size {
  if (node.kind === "fork" || node.kind === "join") return { width: 130, height: 6 };
  const { kind, title, detail } = textsOf(node);
  const heading = kind === "" ? 0 : GLYPH + widthOf(kind, font.kind) + [...kind].length * font.kind * SPACING;
  const width = Math.max(heading, widthOf(title, font.title), widthOf(detail, font.small)) + 36;
  return isCard(node) ? { width: Math.max(130, width), height: 66 } : { width: width + 8, height: 32 };
}

function sizeOfLabel(when: readonly string[]): Size {
  const widths = linesOf(when).map((line) => widthOf(line, font.label));
  return { width: Math.max(...widths) + 12, height: when.length * LINE + 2 };
}

function boxOf({ x, y, width, height }: Box): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/** Around what is in each group, the inner groups first. */
function groupBoxes(
  groups: readonly GraphGroup[],
  nodes: readonly GraphNode[],
  placed: ReadonlyMap<string, Box>,
): ReadonlyMap<string, Box> {
  const boxes = new Map<string, Box>();
  for (const { id, title } of [...groups].reverse()) {
    const inside = [
      ...nodes.filter(({ group }) => group === id).map((node) => placed.get(node.id)!),
      ...groups.filter(({ group }) => group === id).map((each) => boxes.get(each.id)!),
    ];
    const { left, top, right, bottom } = around(inside);
    const width = Math.max(right - left + 2 * PADDING, widthOf(title, font.small) + 40);
    boxes.set(id, {
      x: (left + right - width) / 2,
      y: top - PADDING - TITLE,
      width,
      height: bottom - top + 2 * PADDING + TITLE,
    });
  }
  return boxes;
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
  const labels = edges
    .filter(([{ when }]) => when.length > 0)
    .map(([{ when }, { label }]) => boxOf({ ...label, ...sizeOfLabel(when) }));
  const points = edges.flatMap(([, edge]) => edge.points.map((point) => ({ ...point, width: 0, height: 0 })));
  const { left, top, right, bottom } = around([
    ...[...nodes, ...groups].map(([, box]) => box),
    ...labels,
    ...points,
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
