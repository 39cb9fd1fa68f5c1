import { basename } from "node:path";
import type { FlowSymbol, Program } from "../check/symbols.js";
import { isCounter } from "../lower/ir.js";
import { lower } from "../lower/lower.js";
import { type LabelledEdge, labelled } from "./edges.js";
import type { FlowGraph } from "./graph.js";
import { Groups } from "./groups.js";
import { nodeOf } from "./nodes.js";
import { simplified } from "./simplify.js";
import type { Vertex } from "./vertex.js";
import { verticesOf } from "./vertices.js";

/** The state graph of one flow of a checked program. */
export function graphOf(program: Program, flow: FlowSymbol): FlowGraph {
  const { sources } = program;
  const [start, ...others] = simplified(verticesOf(lower(program, flow), sources));
  const ways = new Map([start!, ...others].map((vertex) => [vertex, labelled(vertex)]));
  const vertices = inOrder(start!, ways);
  const groups = new Groups(sources);
  const found = groupsOf(vertices, groups);
  const ids = new Map(vertices.map((vertex, index) => [vertex, idOf(vertex, index)]));
  const nodes = vertices.map((vertex) =>
    nodeOf(vertex, { id: ids.get(vertex)!, group: found.get(vertex), flow, sources }),
  );
  const edges = vertices.flatMap((from) =>
    ways.get(from)!.map(({ to, when }) => ({ from: ids.get(from)!, to: ids.get(to)!, when })),
  );
  return {
    flow: flow.name,
    file: basename(sources.main.file),
    doc: flow.declaration.doc,
    nodes,
    edges,
    groups: groups.all,
  };
}

/** The start first and the ends last, the others as one leads to the next, what is to be expected before the rest. */
function inOrder(start: Vertex, ways: ReadonlyMap<Vertex, readonly LabelledEdge[]>): readonly Vertex[] {
  const seen = new Set<Vertex>();
  const stack = [start];
  for (let vertex = stack.pop(); vertex !== undefined; vertex = stack.pop()) {
    if (seen.has(vertex)) continue;
    seen.add(vertex);
    const [expected, others] = [true, false].map((isExpected) =>
      ways.get(vertex!)!.filter(({ when }) => (when.length === 0) === isExpected),
    );
    stack.push(...[...expected!, ...others!].map(({ to }) => to).reverse());
  }
  const isEnd = ({ is }: Vertex) => is.kind === "end";
  return [...[...seen].filter((vertex) => !isEnd(vertex)), ...[...seen].filter(isEnd)];
}

/** Sites are called as the machine's states are. */
function idOf({ is }: Vertex, index: number): string {
  switch (is.kind) {
    case "site":
      return is.ask.at;
    case "fork":
    case "join":
      return `${is.at}/${is.kind}`;
    default:
      return `${is.kind}${index}`;
  }
}

/**
 * The group of each vertex. A decision belongs to the loop whose passes it counts, to its pick, or where what is around it
 * does.
 */
function groupsOf(vertices: readonly Vertex[], groups: Groups): ReadonlyMap<Vertex, string | undefined> {
  const found = new Map<Vertex, string | undefined>();
  for (const vertex of vertices) {
    const { is } = vertex;
    if (is.kind === "site") found.set(vertex, groups.at(is.ask.path));
    if (is.kind === "fork" || is.kind === "join") found.set(vertex, groups.at(is.path));
  }
  const around = new Map(groups.all.map(({ id, group }) => [id, group]));
  const chain = (group: string | undefined): readonly string[] =>
    group === undefined ? [] : [...chain(around.get(group)), group];
  const common = (members: readonly Vertex[]): readonly string[] => {
    const [first = [], ...more] = members.map((vertex) => chain(found.get(vertex)));
    return first.filter((id, depth) => more.every((each) => each[depth] === id));
  };
  for (const vertex of vertices) {
    if (vertex.is.kind !== "decision") continue;
    const { local } = vertex.is.subject;
    const loop = local && isCounter(local) ? groups.of(local) : undefined;
    const before = common(vertices.filter(({ edges }) => edges.some(({ to }) => to === vertex)));
    const after = common(vertex.edges.map(({ to }) => to));
    const pick = vertex.edges.find(({ to }) => to.is.kind === "site" && to.is.ask.kind === "pick")?.to;
    const own = vertex.is.subject.isDrawn && pick && found.get(pick);
    found.set(vertex, loop ?? own ?? (after.length > before.length ? after : before).at(-1));
  }
  return found;
}
