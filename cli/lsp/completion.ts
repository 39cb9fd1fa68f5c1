import { type CompletionItem, CompletionItemKind, type Connection } from "vscode-languageserver/node";
import { completionsAt, type CompletionItem as FlowItem } from "../../compiler/index.js";
import type { OpenFiles } from "./open-files.js";
import { offsetOf, rangeOf } from "./places.js";

const kinds: Readonly<Record<FlowItem["kind"], CompletionItemKind>> = {
  keyword: CompletionItemKind.Keyword,
  variable: CompletionItemKind.Variable,
  agent: CompletionItemKind.Interface,
  flow: CompletionItemKind.Function,
  function: CompletionItemKind.Function,
  effect: CompletionItemKind.Event,
  type: CompletionItemKind.Struct,
  field: CompletionItemKind.Field,
  label: CompletionItemKind.EnumMember,
  prompt: CompletionItemKind.Property,
  setting: CompletionItemKind.Property,
};

export function answerCompletion(connection: Connection, files: OpenFiles): void {
  connection.onCompletion(({ textDocument, position }): CompletionItem[] => {
    const file = files.get(textDocument?.uri);
    if (file === undefined) return [];
    const { span, items } = completionsAt(file.flow, offsetOf(file.text, position));
    const range = rangeOf(file.text, span);
    return items.map(({ name, kind, detail, prose }, index) => ({
      label: name,
      kind: kinds[kind],
      textEdit: { range, newText: name },
      // Editors sort by this: what fits best stays first.
      sortText: String(index).padStart(4, "0"),
      ...(detail !== "" && { detail }),
      ...(prose !== "" && { documentation: { kind: "markdown" as const, value: prose } }),
    }));
  });
}
