import type { Expression, Span } from "../../grammar/index.js";
import { show } from "../types/type.js";
import { type Description, describe } from "./describe.js";
import type { FlowDocument } from "./document.js";
import { occurrenceAt } from "./occurrences.js";
import { nodesAt } from "./walk.js";

/** What comes from another file says so. */
function withOrigin(prose: string, { sources }: FlowDocument, declaration: Span | undefined): string {
  const { path } = sources.at(declaration?.start ?? 0);
  const origin = path === "" ? [] : [`Declared in \`${path.replaceAll("`", "'")}\`.`];
  return [...(prose === "" ? [] : [prose]), ...origin].join("\n\n");
}

export interface Hover extends Description {
  readonly span: Span;
}

/** What stands at an offset: what a name means, or else the type of the smallest expression there. */
export function hoverAt(document: FlowDocument, offset: number): Hover | undefined {
  const found = occurrenceAt(document.occurrences, offset);
  if (found !== undefined) {
    const { code, prose } = describe(found.entity, document.known);
    return { code, prose: withOrigin(prose, document, found.entity.declaration), span: found.span };
  }
  for (const node of nodesAt(document.tree, offset).toReversed()) {
    const type = document.known.facts.types.get(node as unknown as Expression);
    if (type === undefined) continue;
    const isKnown = type.kind !== "unknown" && type.kind !== "never" && offset < node.span.end;
    return isKnown ? { code: show(type), prose: "", span: node.span } : undefined;
  }
  return undefined;
}
