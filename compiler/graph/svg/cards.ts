import type { GraphNode, SiteNode } from "../graph.js";

/** What a node says. */
export interface Texts {
  /** Small, above the title; empty where the shape says enough. */
  readonly kind: string;
  readonly title: string;
  readonly detail: string;
}

/** Whether a node is a card with three lines. */
export function isCard(node: GraphNode): node is SiteNode {
  return node.kind === "generate" || node.kind === "choose" || node.kind === "pick";
}

export function textsOf(node: GraphNode): Texts {
  switch (node.kind) {
    case "start":
      return { kind: "", title: "", detail: node.inputs.join(", ") || "start" };
    case "generate":
    case "choose":
    case "pick": {
      const title = node.ordinal === 0 ? node.agent : `${node.agent} #${node.ordinal}`;
      return { kind: node.trained ? node.kind : `judge, ${node.kind}`, title, detail: node.gives };
    }
    case "decision":
      return { kind: "", title: "", detail: node.condition };
    case "fork":
    case "join":
      return { kind: "", title: "", detail: "" };
    case "end":
      return { kind: "", title: "", detail: `return ${node.returns}` };
  }
}

/** The lines of an edge's label. */
export function linesOf(when: readonly string[]): readonly string[] {
  return when.map((text, index) => (index === 0 ? text : `or ${text}`));
}
