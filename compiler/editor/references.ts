import type { Span } from "../../grammar/index.js";
import type { FlowDocument } from "./document.js";
import { type Occurrence, occurrenceAt } from "./occurrences.js";

/** Where the name at an offset is declared; nothing for what the language itself declares. */
export function definitionAt(document: FlowDocument, offset: number): Span | undefined {
  return occurrenceAt(document.occurrences, offset)?.entity.declaration;
}

/** Every place of the file with the name at an offset in the same meaning, its declaration included. */
export function referencesAt(document: FlowDocument, offset: number): readonly Occurrence[] {
  const entity = occurrenceAt(document.occurrences, offset)?.entity;
  return entity === undefined ? [] : document.occurrences.filter((each) => each.entity === entity);
}
