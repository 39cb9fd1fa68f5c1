import type { Connection, Hover } from "vscode-languageserver/node";
import { hoverAt } from "../../compiler/index.js";
import type { OpenFiles } from "./open-files.js";
import { offsetOf, rangeOf } from "./places.js";

export function answerHover(connection: Connection, files: OpenFiles): void {
  connection.onHover(({ textDocument, position }): Hover | null => {
    const file = files.get(textDocument?.uri);
    const hover = file && hoverAt(file.flow, offsetOf(file.text, position));
    if (file === undefined || hover === undefined) return null;
    return {
      contents: { kind: "markdown", value: markdown(hover.code, hover.prose) },
      range: rangeOf(file.text, hover.span),
    };
  });
}

/** Code as a block of the language, then prose. The code holds no fence: no line of it begins with one. */
export function markdown(code: string, prose: string): string {
  const block = code === "" ? "" : `\`\`\`flow\n${code}\n\`\`\``;
  return [block, prose].filter((part) => part !== "").join("\n\n");
}
