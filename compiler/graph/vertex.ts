import type { Span } from "../../grammar/index.js";
import type { Ask, Local, PathPart, Perform, Value } from "../lower/ir.js";

/** The graph while it is made: blocks that only compute are gone, conditions are vertices of their own. */
export interface Vertex {
  readonly is:
    | { readonly kind: "start" }
    | { readonly kind: "site"; readonly ask: Ask | Perform; readonly span: Span }
    | { readonly kind: "decision"; readonly subject: Subject }
    | { readonly kind: "fork" | "join"; readonly at: string; readonly path: readonly PathPart[] }
    | { readonly kind: "end"; readonly value: Value; readonly span: Span };
  edges: readonly Edge[];
}

export interface Edge {
  readonly to: Vertex;
  /** All of them hold where it is taken; of one subject there is one at most. */
  readonly conditions: readonly Condition[];
}

/** What decides where to go. */
export interface Subject {
  /** Equal for what is decided in the same way: by the same answer, or at the same place. */
  readonly key: unknown;
  /** What is asked, where it is drawn as a node. */
  readonly title: string;
  /** The answer or the counter that decides, if it is one of these alone. */
  readonly local: Local | undefined;
  /** Whether it is a node wherever it decides: beside an agent that answered before, it would look like its answer. */
  readonly isDrawn?: true;
  /**
   * What may come out, by the name that says enough beside what is asked, with what is said of it elsewhere: empty if
   * it is what is to be expected.
   */
  readonly ways: ReadonlyMap<string, string>;
}

/** Some of a subject's ways, and not all. */
export interface Condition {
  readonly subject: Subject;
  readonly ways: ReadonlySet<string>;
}
