import {
  type Connection,
  type DocumentHighlight,
  DocumentHighlightKind,
  type Location,
} from "vscode-languageserver/node";
import { definitionAt, referencesAt } from "../../compiler/index.js";
import type { OpenFiles } from "./open-files.js";
import { offsetOf, rangeOf } from "./places.js";

/** Where names come from and where they go. */
export function answerNavigation(connection: Connection, files: OpenFiles): void {
  connection.onDefinition(({ textDocument, position }): Location | null => {
    const file = files.get(textDocument?.uri);
    const span = file && definitionAt(file.flow, offsetOf(file.text, position));
    return file && span ? { uri: file.uri, range: rangeOf(file.text, span) } : null;
  });
  connection.onReferences(({ textDocument, position, context }): Location[] => {
    const file = files.get(textDocument?.uri);
    if (file === undefined) return [];
    return referencesAt(file.flow, offsetOf(file.text, position))
      .filter(({ role }) => role !== "declaration" || context?.includeDeclaration !== false)
      .map(({ span }) => ({ uri: file.uri, range: rangeOf(file.text, span) }));
  });
  connection.onDocumentHighlight(({ textDocument, position }): DocumentHighlight[] => {
    const file = files.get(textDocument?.uri);
    if (file === undefined) return [];
    return referencesAt(file.flow, offsetOf(file.text, position)).map(({ span, role }) => ({
      range: rangeOf(file.text, span),
      kind: role === "read" ? DocumentHighlightKind.Read : DocumentHighlightKind.Write,
    }));
  });
}
