import type { Annotation, Annotations } from "../annotations.js";
import { wrapped } from "../excerpt.js";
import type { EffectNode, GraphNode, SiteNode } from "../graph.js";

/** What a node says. */
export interface Texts {
  /** Small, above the title; empty where the shape says enough. */
  readonly kind: string;
  readonly title: string;
  /** Of a card it may have several lines; of others it has one. */
  readonly detail: readonly string[];
}

/** Characters of a line of a card. */
const COLUMNS = 48;

/** A node with a kind, a title and what it gives. */
export type Card = SiteNode | EffectNode;

export function isCard(node: GraphNode): node is Card {
  return "site" in node;
}

/** Whether a card is a choice point, or a judge's answer. */
export function isSite(node: GraphNode): node is SiteNode {
  return isCard(node) && node.kind !== "effect";
}

/** What was measured at a node's site. */
export function annotationOf(node: GraphNode, annotations: Annotations | undefined): Annotation | undefined {
  return isSite(node) ? annotations?.sites.get(node.site) : undefined;
}

/** What a card looks like. */
export function lookOf(card: Card): Card["kind"] | "judge" {
  return card.kind === "effect" || card.trained ? card.kind : "judge";
}

function titleOf(name: string, ordinal: number): string {
  return ordinal === 0 ? name : `${name} #${ordinal}`;
}

export function textsOf(node: GraphNode): Texts {
  switch (node.kind) {
    case "start":
      return { kind: "", title: "", detail: [node.inputs.join(", ") || "start"] };
    case "generate":
    case "choose":
    case "pick": {
      const title = titleOf(node.agent, node.ordinal);
      return {
        kind: node.trained ? node.kind : `judge, ${node.kind}`,
        title,
        detail: wrapped(node.gives, COLUMNS),
      };
    }
    case "effect":
      return {
        kind: `effect, ${node.class}`,
        title: titleOf(node.effect, node.ordinal),
        detail: wrapped(node.gives, COLUMNS),
      };
    case "decision":
      return { kind: "", title: "", detail: [node.condition] };
    case "fork":
    case "join":
      return { kind: "", title: "", detail: [] };
    case "end":
      return { kind: "", title: "", detail: [`return ${node.returns}`] };
  }
}

/** The lines of an edge's label. */
export function linesOf(when: readonly string[]): readonly string[] {
  return when.map((text, index) => (index === 0 ? text : `or ${text}`));
}
