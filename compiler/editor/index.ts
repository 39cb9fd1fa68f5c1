export type { Description } from "./describe.js";
export { type FlowDocument, readDocument } from "./document.js";
export { type Fold, foldsOf } from "./folding.js";
export { type Hover, hoverAt } from "./hover.js";
export { type Entity, type Occurrence, occurrenceAt } from "./occurrences.js";
export { type OutlineItem, outlineOf } from "./outline.js";
export { definitionAt, referencesAt } from "./references.js";
