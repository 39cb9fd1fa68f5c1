import type { Annotations } from "./annotations.js";
import type { FlowGraph } from "./graph.js";

/** What a graph can be printed as. */
export const graphFormats = ["mermaid", "svg", "json"] as const;

export type GraphFormat = (typeof graphFormats)[number];

/** The graph as a text of that format. Only drawing loads the layout library. */
export async function printGraph(graph: FlowGraph, format: GraphFormat): Promise<string> {
  switch (format) {
    case "mermaid":
      return (await import("./mermaid.js")).mermaid(graph);
    case "svg":
      return (await import("./svg/draw.js")).svg(graph);
    case "json":
      return `${JSON.stringify(graph, null, 2)}\n`;
  }
}

/** The graph as SVG, with what was measured at its sites. */
export async function annotatedSvg(graph: FlowGraph, annotations: Annotations): Promise<string> {
  return (await import("./svg/draw.js")).svg(graph, annotations);
}
