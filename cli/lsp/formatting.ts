import type { Connection, TextEdit } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { formatText } from "../../compiler/index.js";
import type { OpenFiles } from "./open-files.js";
import { rangeOf } from "./places.js";

/** The layout of `flowc fmt`, whatever the editor's own settings; a file with syntax errors stays as it is. */
export function answerFormatting(connection: Connection, files: OpenFiles): void {
  connection.onDocumentFormatting(({ textDocument }): TextEdit[] => {
    const file = files.get(textDocument?.uri);
    const formatted = file && formatText(file.flow.text, file.uri).formatted;
    return file === undefined || formatted === undefined ? [] : changes(file.text, formatted);
  });
}

/** One edit of the stretch of lines that differ, so that marks and cursors elsewhere stay. */
function changes(text: TextDocument, wanted: string): TextEdit[] {
  const old = text.getText();
  if (old === wanted) return [];
  const shortest = Math.min(old.length, wanted.length);
  let start = 0;
  while (start < shortest && old[start] === wanted[start]) start++;
  let end = 0;
  while (end < shortest - start && old[old.length - 1 - end] === wanted[wanted.length - 1 - end]) end++;
  start = old.lastIndexOf("\n", start - 1) + 1;
  const range = rangeOf(text, { start, end: old.length - end });
  return [{ range, newText: wanted.slice(start, wanted.length - end) }];
}
