/**
 * A compiled flow as a picture shows it: where the machine waits for an answer, what it does next, and why. Plain JSON,
 * and the same for the same source.
 */
export interface FlowGraph {
  readonly flow: string;
  /** The name of the file that it stands in. */
  readonly file: string;
  /** The text of the `///` lines above the flow. */
  readonly doc: string;
  /** The beginning first, the ends last, each node after one that leads to it. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Outer ones before those inside. */
  readonly groups: readonly GraphGroup[];
}

/** Where a node's text stands. */
export interface GraphPlace {
  /** From the folder of the flow's own file. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface NodeBase {
  /** Unique among nodes and groups. */
  readonly id: string;
  /** The innermost group that it belongs to. */
  readonly group: string | undefined;
}

/** A call of an agent: a choice point, unless the agent is a judge. */
export interface SiteNode extends NodeBase {
  readonly kind: "generate" | "choose" | "pick";
  /** The static site, as in the machine's table: `flow/agent#ordinal`. */
  readonly site: string;
  readonly agent: string;
  /** Among the calls of this agent in the flow that the call stands in. */
  readonly ordinal: number;
  /** False for a judge, which is no choice point. */
  readonly trained: boolean;
  /** What it gives: `text, up to 50 tokens`, `yes | no`, `best of paragraphs: yes`. */
  readonly gives: string;
  readonly place: GraphPlace;
}

/** Something that the simulator does; no choice point. */
export interface EffectNode extends NodeBase {
  readonly kind: "effect";
  /** The static site, as in the machine's table: `flow/effect#ordinal`. */
  readonly site: string;
  readonly effect: string;
  /** Among the calls of this effect in the flow that the call stands in. */
  readonly ordinal: number;
  readonly class: "pure" | "idempotent" | "effectful";
  /** The type of what it gives. */
  readonly gives: string;
  readonly place: GraphPlace;
}

export type GraphNode =
  | (NodeBase & { readonly kind: "start"; readonly inputs: readonly string[] })
  | SiteNode
  | EffectNode
  /** A condition that several ways lead to. */
  | (NodeBase & { readonly kind: "decision"; readonly condition: string })
  /** Where the passes of a `parallel` begin, and where all have ended; of an empty list there are none. */
  | (NodeBase & { readonly kind: "fork" | "join" })
  | (NodeBase & { readonly kind: "end"; readonly returns: string; readonly place: GraphPlace });

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** When it is taken: one of these holds. Empty if it always is, or if it is what is to be expected. */
  readonly when: readonly string[];
}

/** What happens within a loop, a `parallel` or a call of another flow. */
export interface GraphGroup {
  readonly id: string;
  readonly kind: "loop" | "parallel" | "flow";
  /** `loop up to 4`, `parallel p in list`, `note`. */
  readonly title: string;
  /** The group around it. */
  readonly group: string | undefined;
}
