import { type Connection, type SemanticTokens, SemanticTokensBuilder } from "vscode-languageserver/node";
import { semanticTokens, tokenKinds, tokenModifiers } from "../../compiler/index.js";
import type { OpenFiles } from "./open-files.js";
import { rangeOf } from "./places.js";

/** What the numbers in the answers stand for. */
export const legend = { tokenTypes: [...tokenKinds], tokenModifiers: [...tokenModifiers] };

export function answerSemanticTokens(connection: Connection, files: OpenFiles): void {
  connection.languages.semanticTokens.on(({ textDocument }): SemanticTokens => {
    const builder = new SemanticTokensBuilder();
    const file = files.get(textDocument?.uri);
    for (const { span, kind, modifiers } of file === undefined ? [] : semanticTokens(file.flow)) {
      const type = tokenKinds.indexOf(kind);
      const bits = modifiers.reduce((sum, each) => sum | (1 << tokenModifiers.indexOf(each)), 0);
      const { start, end } = rangeOf(file!.text, span);
      // A token of the protocol stands on one line.
      for (let line = start.line; line <= end.line; line++) {
        const from = line === start.line ? start.character : 0;
        const to = line === end.line ? end.character : lengthOf(file!.text.getText(lineRange(line)));
        if (to > from) builder.push(line, from, to - from, type, bits);
      }
    }
    return builder.build();
  });
}

function lineRange(line: number) {
  return { start: { line, character: 0 }, end: { line: line + 1, character: 0 } };
}

function lengthOf(line: string): number {
  return line.replace(/[\r\n]+$/, "").length;
}
