import type { Expression, Span } from "../../grammar/index.js";
import { show } from "../types/type.js";
import { type Description, describe } from "./describe.js";
import type { FlowDocument } from "./document.js";
import { occurrenceAt } from "./occurrences.js";
import { nodesAt } from "./walk.js";

export interface Hover extends Description {
  readonly span: Span;
}

/** What stands at an offset: what a name means, or else the type of the smallest expression there. */
export function hoverAt(document: FlowDocument, offset: number): Hover | undefined {
  const found = occurrenceAt(document.occurrences, offset);
  if (found !== undefined) return { ...describe(found.entity, document.known), span: found.span };
  for (const node of nodesAt(document.tree, offset).toReversed()) {
    const type = document.known.facts.types.get(node as unknown as Expression);
    if (type === undefined) continue;
    const isKnown = type.kind !== "unknown" && type.kind !== "never" && offset < node.span.end;
    return isKnown ? { code: show(type), prose: "", span: node.span } : undefined;
  }
  return undefined;
}
