import {
  type Connection,
  ErrorCodes,
  type Range,
  ResponseError,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { renameAt, renameableAt } from "../../compiler/index.js";
import type { OpenFiles } from "./open-files.js";
import { offsetOf, rangeOf } from "./places.js";

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
    const renaming = renameAt(file.flow, offsetOf(file.text, position), String(newName));
    if (renaming.problem !== undefined) return refusal(renaming.problem);
    const edits = renaming.spans.map((span) => ({ range: rangeOf(file.text, span), newText: newName }));
    return { changes: { [file.uri]: edits } };
  });
}

function refusal(problem: string): ResponseError {
  return new ResponseError(ErrorCodes.InvalidParams, problem);
}
