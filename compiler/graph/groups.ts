import type { Sources } from "../../grammar/index.js";
import type { Counter, LoopNode, PathPart } from "../lower/ir.js";
import { excerpt, shortened } from "./excerpt.js";
import type { GraphGroup } from "./graph.js";

/** Characters of what a loop goes through. */
const LONGEST = 40;

/** The groups of a graph, found by the paths of its choice points: each part of a path is one within the one before. */
export class Groups {
  readonly #all: GraphGroup[] = [];
  readonly #inside = new Map<string | undefined, Map<PathPart, GraphGroup>>();

  constructor(readonly sources: Sources) {}

  /** All that were asked for, outer ones first. */
  get all(): readonly GraphGroup[] {
    return this.#all;
  }

  /** The id of the innermost group on a path, or nothing on an empty one. */
  at(path: readonly PathPart[]): string | undefined {
    let around: string | undefined;
    for (const part of path) around = this.#within(around, part).id;
    return around;
  }

  /** The id of the loop that counts its passes so; nothing if nobody is asked in it. */
  of(counter: Counter): string | undefined {
    return [...this.#inside.values()]
      .map((siblings) => siblings.get(counter)?.id)
      .find((id) => id !== undefined);
  }

  #within(around: string | undefined, part: PathPart): GraphGroup {
    const siblings = this.#inside.get(around) ?? new Map<PathPart, GraphGroup>();
    this.#inside.set(around, siblings);
    const known = siblings.get(part);
    if (known !== undefined) return known;
    const id = `group${this.#all.length}`;
    const made: GraphGroup =
      typeof part === "string"
        ? { id, kind: "flow", title: part.replace(/#0$/, ""), group: around }
        : {
            id,
            kind: part.of.kind === "parallel" ? "parallel" : "loop",
            title: this.#title(part.of),
            group: around,
          };
    siblings.set(part, made);
    this.#all.push(made);
    return made;
  }

  #title(node: LoopNode): string {
    const text = (span: { readonly start: number; readonly end: number }) =>
      shortened(excerpt(this.sources, span), LONGEST);
    switch (node.kind) {
      case "bounded-loop":
        return `loop up to ${text(node.bound.span)}`;
      case "list-loop":
        return `loop ${node.name.name} in ${text(node.list.span)}`;
      case "comprehension": {
        const condition = node.condition && ` if ${text(node.condition.span)}`;
        return `for ${node.name.name} in ${text(node.list.span)}${condition ?? ""}`;
      }
      case "parallel":
        return `parallel ${node.name.name} in ${text(node.list.span)}`;
    }
  }
}
