import type { Sources } from "../../grammar/index.js";
import type { Block, Exit, Graph } from "../lower/ir.js";
import { decisionOf } from "./subjects.js";
import type { Edge, Vertex } from "./vertex.js";

/** The vertices of a lowered flow, its start first. The passes of a `parallel` stand between a fork and a join. */
export function verticesOf(graph: Graph, sources: Sources): Vertex[] {
  const start: Vertex = { is: { kind: "start" }, edges: [] };
  const all = [start];
  // Blocks whose vertices still need their edges, and where they lead to when their graph returns.
  const open: { readonly block: Block; readonly vertex: Vertex; readonly join: Vertex | undefined }[] = [];
  const known = new Map<Block, Vertex>();

  const vertexOf = (from: Block, join: Vertex | undefined): Vertex => {
    const block = skipped(from);
    const found = known.get(block);
    if (found !== undefined) return found;
    const exit = block.exit!;
    if (exit.kind === "return" && join !== undefined) return join;
    const vertex: Vertex = { is: whatIs(exit, block, sources), edges: [] };
    known.set(block, vertex);
    all.push(vertex);
    open.push({ block, vertex, join });
    return vertex;
  };

  start.edges = [always(vertexOf(graph.entry, undefined))];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { block, vertex, join } = next;
    const exit = block.exit!;
    switch (exit.kind) {
      case "ask":
      case "pick":
      case "effect":
        vertex.edges = [always(vertexOf(exit.next, join))];
        break;
      case "parallel": {
        const { at, path, index } = exit;
        const end: Vertex = { is: { kind: "join", at, path: [...path, index] }, edges: [] };
        all.push(end);
        vertex.edges = [always(vertexOf(exit.lane.entry, end))];
        end.edges = [always(vertexOf(exit.next, join))];
        break;
      }
      case "if": {
        const { subject, whenTrue } = decisionOf(exit, block, sources);
        const others = new Set([...subject.ways.keys()].filter((way) => !whenTrue.has(way)));
        const edges = [
          { to: vertexOf(exit.whenTrue, join), conditions: [{ subject, ways: whenTrue }] },
          { to: vertexOf(exit.whenFalse, join), conditions: [{ subject, ways: others }] },
        ];
        // Of a pick what is to be expected comes first.
        vertex.edges = subject.isDrawn ? edges.reverse() : edges;
        break;
      }
      case "goto":
      case "return":
        break;
    }
  }
  return all;
}

function whatIs(exit: Exit, block: Block, sources: Sources): Vertex["is"] {
  switch (exit.kind) {
    case "ask":
    case "pick":
    case "effect":
      return { kind: "site", ask: exit, span: exit.span };
    case "parallel":
      return { kind: "fork", at: exit.at, path: [...exit.path, exit.index] };
    case "if":
      return { kind: "decision", subject: decisionOf(exit, block, sources).subject };
    case "return":
      return { kind: "end", value: exit.value, span: exit.span };
    case "goto":
      throw new Error("a block that only leads on was not skipped");
  }
}

/** The block that is reached without a question and without a choice. */
function skipped(from: Block): Block {
  let block = from;
  while (block.exit?.kind === "goto") block = block.exit.target;
  return block;
}

function always(to: Vertex): Edge {
  return { to, conditions: [] };
}
