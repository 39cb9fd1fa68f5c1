import {
  completionsAt,
  definitionAt,
  type FlowDocument,
  fixesIn,
  foldsOf,
  hoverAt,
  outlineOf,
  type Place,
  readDocument,
  referencesAt,
  renameAt,
  renameableAt,
  semanticTokens,
  signatureAt,
} from "../../compiler/index.js";

/** Asks everything that an editor may ask about an offset of a text, which stands somewhere. Throws if a query does. */
export function askEverything(text: string, offset: number, place?: Place): FlowDocument {
  const document = readDocument(text, "typed.flow", place);
  hoverAt(document, offset);
  definitionAt(document, offset);
  referencesAt(document, offset);
  completionsAt(document, offset);
  signatureAt(document, offset);
  renameableAt(document, offset);
  renameAt(document, offset, "renamed");
  fixesIn(document, { start: 0, end: text.length });
  outlineOf(document.tree.declarations);
  foldsOf(document);
  semanticTokens(document);
  return document;
}
