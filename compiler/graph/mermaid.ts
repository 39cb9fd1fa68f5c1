import { wrapped } from "./excerpt.js";
import type { FlowGraph, GraphGroup, GraphNode } from "./graph.js";

/**
 * The graph as a Mermaid flowchart, for Markdown that is rendered by GitHub and others. Every text stands in quotes with
 * all but plain letters written as numbers, so that none can end its label or be read as Mermaid, Markdown or HTML.
 */
export function mermaid({ nodes, edges, groups }: FlowGraph): string {
  const names = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const name = (id: string) => names.get(id)!;
  const within = (group: string | undefined, indent: string): string[] => [
    ...nodes.filter((node) => node.group === group).map((node) => `${indent}${shape(node, name(node.id))}`),
    ...groups.filter((each) => each.group === group).flatMap((each) => subgraph(each, indent)),
  ];
  const subgraph = (group: GraphGroup, indent: string): string[] => [
    `${indent}subgraph ${group.id}["${escaped(group.title)}"]`,
    ...within(group.id, `${indent}  `),
    `${indent}end`,
  ];
  const arrows = edges.map(({ from, to, when }) => {
    const arrow = when.length === 0 ? "-->" : `-->|"${when.map(escaped).join("<br>or ")}"|`;
    return `  ${name(from)} ${arrow} ${name(to)}`;
  });
  const used = Object.entries(styles).flatMap(([kind, style]) => {
    const members = nodes.filter((node) => classOf(node) === kind).map(({ id }) => name(id));
    return members.length === 0
      ? []
      : [`  classDef ${kind} ${style}`, `  class ${members.join(",")} ${kind}`];
  });
  return `${["flowchart TD", ...within(undefined, "  "), ...arrows, ...used].join("\n")}\n`;
}

/** Characters of a line below a title. */
const COLUMNS = 48;

/** Colours that can be read on light and on dark ground, since Mermaid's classes know no difference. */
const styles = {
  generate: "fill:#dbeafe,stroke:#2563eb,color:#172554",
  choose: "fill:#fef3c7,stroke:#d97706,color:#451a03",
  pick: "fill:#dcfce7,stroke:#16a34a,color:#052e16",
  effect: "fill:#fae8ff,stroke:#a21caf,color:#4a044e",
  judge: "fill:#f1f5f9,stroke:#64748b,color:#0f172a,stroke-dasharray:5 4",
} as const;

function classOf(node: GraphNode): keyof typeof styles | undefined {
  switch (node.kind) {
    case "generate":
    case "choose":
    case "pick":
      return node.trained ? node.kind : "judge";
    case "effect":
      return "effect";
    default:
      return undefined;
  }
}

function shape(node: GraphNode, name: string): string {
  switch (node.kind) {
    case "start":
      return `${name}(["${escaped(node.inputs.join(", "))}"])`;
    case "generate":
      return `${name}["${lines(title(node), node.gives)}"]`;
    case "choose":
      return `${name}{{"${lines(title(node), node.gives)}"}}`;
    case "pick":
      return `${name}[["${lines(title(node), node.gives)}"]]`;
    case "effect":
      return `${name}[/"${lines(title(node), `${node.class}: ${node.gives}`)}"/]`;
    case "decision":
      return `${name}{"${escaped(node.condition)}"}`;
    case "fork":
      return `${name}(("${escaped("each")}"))`;
    case "join":
      return `${name}(("${escaped("all")}"))`;
    case "end":
      return `${name}(["return ${escaped(node.returns)}"])`;
  }
}

function title(node: Extract<GraphNode, { readonly site: string }>): string {
  const callee = node.kind === "effect" ? node.effect : `${node.trained ? "" : "judge "}${node.agent}`;
  return `${callee}${node.ordinal === 0 ? "" : ` #${node.ordinal}`}`;
}

/** The break is Mermaid's own, the only markup in a label. */
function lines(first: string, second: string): string {
  return [first, ...wrapped(second, COLUMNS)].map(escaped).join("<br>");
}

/** Mermaid's way to write a character by its number, for all that could mean something. */
function escaped(text: string): string {
  return [...text]
    .map((each) => (/[\p{L}\p{N} _,]/u.test(each) ? each : `#${each.codePointAt(0)};`))
    .join("");
}
