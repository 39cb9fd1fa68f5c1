import { dirname, join } from "node:path";
import {
  type Connection,
  type DocumentHighlight,
  DocumentHighlightKind,
  type Location,
} from "vscode-languageserver/node";
import { definitionIn, referencesAt, referencesIn } from "../../compiler/index.js";
import type { OpenFiles } from "./open-files.js";
import { offsetOf, rangeOf, sourceRange } from "./places.js";

/** Where names come from and where they go. */
export function answerNavigation(connection: Connection, files: OpenFiles): void {
  connection.onDefinition(({ textDocument, position }): Location | null => {
    const file = files.get(textDocument?.uri);
    if (file === undefined) return null;
    const at = { path: file.path ?? file.uri, document: file.flow };
    const found = definitionIn(at, offsetOf(file.text, position));
    if (found === undefined) return null;
    if (found.path === at.path) return { uri: file.uri, range: rangeOf(file.text, found.span) };
    const source = file.flow.sources.all.find(({ path }) => join(dirname(at.path), path) === found.path);
    return source === undefined
      ? null
      : { uri: files.host.uriOf(found.path), range: sourceRange(source, found.span) };
  });
  connection.onReferences(({ textDocument, position, context }): Location[] => {
    const file = files.get(textDocument?.uri);
    if (file === undefined) return [];
    const offset = offsetOf(file.text, position);
    const { files: all, at } = files.project(file, offset);
    return referencesIn(all, at, offset).flatMap(({ file: other, found }) => {
      const wanted = found.filter(
        ({ role }) => role !== "declaration" || context?.includeDeclaration !== false,
      );
      const uri = other === at ? file.uri : files.host.uriOf(other.path);
      return wanted.map(({ span }) => ({ uri, range: sourceRange(other.document.sources.main, span) }));
    });
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
