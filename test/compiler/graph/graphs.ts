import { readFileSync } from "node:fs";
import { type FlowGraph, graph } from "../../../compiler/index.js";

/** The graph of a flow that must have no errors. */
export async function graphOf(text: string, flow?: string): Promise<FlowGraph> {
  const found = await graph(text, "test.flow", flow === undefined ? {} : { flow });
  if (found.graph === undefined) throw new Error(found.diagnostics.map((each) => each.message).join("; "));
  return found.graph;
}

export function graphOfFile(path: string): Promise<FlowGraph> {
  return graphOf(readFileSync(path, "utf8"));
}

/** The edges as `FROM -> TO: LABEL`, with what a node is called: sites by their ids, others by kind and text. */
export function edgesOf({ nodes, edges }: FlowGraph): string[] {
  const names = new Map(
    nodes.map((node) => {
      if (node.kind === "decision") return [node.id, node.condition];
      if (node.kind === "end") return [node.id, `return ${node.returns}`];
      return [node.id, node.kind === "start" ? "start" : node.id];
    }),
  );
  return edges.map(({ from, to, when }) => {
    const label = when.length === 0 ? "" : `: ${when.join(" or ")}`;
    return `${names.get(from)} -> ${names.get(to)}${label}`;
  });
}

/** The groups as `TITLE in OUTER`. */
export function groupsOf({ groups }: FlowGraph): string[] {
  const titles = new Map(groups.map(({ id, title }) => [id, title]));
  return groups.map(({ kind, title, group }) => `${kind} ${title}${group ? ` in ${titles.get(group)}` : ""}`);
}
