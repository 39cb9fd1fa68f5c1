import { type CodeAction, CodeActionKind, type Connection } from "vscode-languageserver/node";
import { fixesIn } from "../../compiler/index.js";
import { protocolDiagnostic } from "./diagnostics.js";
import type { OpenFiles } from "./open-files.js";
import { rangeOf, spanOf } from "./places.js";

/** Quick fixes, for what the server itself finds in the range: what the client believes to be wrong may be outdated. */
export function answerFixes(connection: Connection, files: OpenFiles): void {
  connection.onCodeAction(({ textDocument, range, context }): CodeAction[] => {
    const file = files.get(textDocument?.uri);
    const wanted = context?.only;
    const isWanted =
      !Array.isArray(wanted) || wanted.some((kind) => CodeActionKind.QuickFix.startsWith(String(kind)));
    if (file === undefined || !isWanted) return [];
    return fixesIn(file.flow, spanOf(file.text, range)).map((fix) => ({
      title: fix.title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [protocolDiagnostic(file, fix.diagnostic)],
      isPreferred: fix.isPreferred,
      edit: { changes: { [file.uri]: [{ range: rangeOf(file.text, fix.span), newText: fix.replacement }] } },
    }));
  });
}
