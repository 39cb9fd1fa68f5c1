import type { Span } from "../../grammar/index.js";
import type {
  AgentSymbol,
  EffectSymbol,
  ExternSymbol,
  FlowSymbol,
  TypeSymbol,
  Variable,
} from "../check/symbols.js";
import type { BuiltIn } from "../functions/signature.js";
import type { LabelsType, RecordType, Type } from "../types/type.js";

/** What a name means. Two occurrences mean the same if their entities are the same object. */
export type Entity =
  | { readonly kind: "type"; readonly symbol: TypeSymbol; readonly declaration: Span }
  | { readonly kind: "agent"; readonly symbol: AgentSymbol; readonly declaration: Span }
  | { readonly kind: "flow"; readonly symbol: FlowSymbol; readonly declaration: Span }
  | { readonly kind: "extern"; readonly symbol: ExternSymbol; readonly declaration: Span }
  | { readonly kind: "effect"; readonly symbol: EffectSymbol; readonly declaration: Span }
  | { readonly kind: "variable"; readonly symbol: Variable; readonly declaration: Span }
  | {
      readonly kind: "field";
      readonly name: string;
      readonly type: Type;
      readonly record: RecordType;
      readonly declaration: Span | undefined;
    }
  | {
      readonly kind: "label";
      readonly name: string;
      readonly labels: LabelsType;
      readonly declaration: Span | undefined;
    }
  /** A function or a type of the language itself. */
  | { readonly kind: "function"; readonly symbol: BuiltIn; readonly declaration?: undefined }
  | { readonly kind: "builtin-type"; readonly name: string; readonly declaration?: undefined };

/** A name in the text and what it means there. */
export interface Occurrence {
  readonly span: Span;
  readonly entity: Entity;
  readonly role: "declaration" | "read" | "write";
}

/** The name at an offset; one that ends there counts if no other begins. */
export function occurrenceAt(occurrences: readonly Occurrence[], offset: number): Occurrence | undefined {
  const last = occurrences[firstFrom(occurrences, offset + 1) - 1];
  return last !== undefined && offset <= last.span.end ? last : undefined;
}

/** Those that begin within a stretch of the text. */
export function occurrencesIn(
  occurrences: readonly Occurrence[],
  { start, end }: Span,
): readonly Occurrence[] {
  const from = firstFrom(occurrences, start);
  return occurrences.slice(from, firstFrom(occurrences, end));
}

/** The index of the first that begins at an offset or behind it. */
function firstFrom(occurrences: readonly Occurrence[], offset: number): number {
  let low = 0;
  let high = occurrences.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (occurrences[middle]!.span.start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
