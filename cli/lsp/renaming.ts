import {
  type Connection,
  ErrorCodes,
  type Range,
  ResponseError,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { renameableAt, renameIn } from "../../compiler/index.js";
import type { OpenFiles } from "./open-files.js";
import { offsetOf, rangeOf, sourceRange } from "./places.js";

/** A renaming that is refused answers with an error, whose message editors show. */
export function answerRenaming(connection: Connection, files: OpenFiles): void {
  connection.onPrepareRename(({ textDocument, position }): Range | ResponseError | null => {
    const file = files.get(textDocument?.uri);
    if (file === undefined) return null;
    const found = renameableAt(file.flow, offsetOf(file.text, position));
    return "problem" in found ? refusal(found.problem) : rangeOf(file.text, found);
  });
  connection.onRenameRequest(({ textDocument, position, newName }): WorkspaceEdit | ResponseError | null => {
    const file = files.get(textDocument?.uri);
    if (file === undefined) return null;
    const offset = offsetOf(file.text, position);
    const { files: all, at, isAll } = files.project(file, offset);
    if (!isAll) return refusal("the project has too many files to look for the name in all of them");
    const renaming = renameIn(all, at, offset, String(newName));
    if (renaming.problem !== undefined) return refusal(renaming.problem);
    const changes = renaming.files.map(({ file: other, spans }) => {
      const uri = other === at ? file.uri : files.host.uriOf(other.path);
      const { main } = other.document.sources;
      return [uri, spans.map((span) => ({ range: sourceRange(main, span), newText: newName }))] as const;
    });
    return { changes: Object.fromEntries(changes) };
  });
}

function refusal(problem: string): ResponseError {
  return new ResponseError(ErrorCodes.InvalidParams, problem);
}
