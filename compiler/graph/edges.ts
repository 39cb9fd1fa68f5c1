import { isCounter } from "../lower/ir.js";
import type { GraphEdge } from "./graph.js";
import type { Condition, Vertex } from "./vertex.js";

/** A way out of a vertex as a picture shows it: one to each place. */
export interface LabelledEdge {
  readonly to: Vertex;
  readonly when: GraphEdge["when"];
}

export function labelled(from: Vertex): LabelledEdge[] {
  const ends = new Set(from.edges.map(({ to }) => to));
  return [...ends].map((to) => {
    const ways = from.edges
      .filter((edge) => edge.to === to)
      .map(({ conditions }) =>
        conditions.map((condition) => said(condition, from)).filter((part) => part !== ""),
      )
      .map((parts) => parts.join(", "));
    return { to, when: ways.includes("") ? [] : [...new Set(ways)] };
  });
}

/** What is asked need not be said beside the node that shows it: the agent that answered, or the decision itself. */
function said({ subject, ways }: Condition, from: Vertex): string {
  const { is, edges } = from;
  const isBeside =
    (is.kind === "site" && subject.local === is.ask.result) ||
    (is.kind === "decision" && subject.key === is.subject.key);
  const names = [...subject.ways.keys()].filter((name) => ways.has(name)).join(" | ");
  if (isBeside) return names;
  if (subject.local !== undefined && !isCounter(subject.local)) return `${subject.title} is ${names}`;
  const isElse = names === "false" && !edges.some(({ conditions }) => conditions.some(isOpposite));
  // Beside no edge that says what it is the opposite of.
  return isElse ? `not: ${subject.ways.get("true")}` : (subject.ways.get(names) ?? "");

  function isOpposite(other: Condition): boolean {
    return other.subject.key === subject.key && other.ways.has("true");
  }
}
