import {
  type Connection,
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  SymbolKind,
} from "vscode-languageserver/node";
import { foldsOf, type OutlineItem, outlineOf } from "../../compiler/index.js";
import type { OpenFile, OpenFiles } from "./open-files.js";
import { rangeOf } from "./places.js";

const kinds: Readonly<Record<OutlineItem["kind"], SymbolKind>> = {
  type: SymbolKind.Struct,
  labels: SymbolKind.Enum,
  agent: SymbolKind.Interface,
  flow: SymbolKind.Function,
  "extern-function": SymbolKind.Function,
  test: SymbolKind.Method,
  import: SymbolKind.Module,
  imported: SymbolKind.Property,
  "extern-effect": SymbolKind.Event,
  field: SymbolKind.Field,
  label: SymbolKind.EnumMember,
  input: SymbolKind.Property,
  prompt: SymbolKind.String,
  variable: SymbolKind.Variable,
};

/** The outline of a file and what of it can be folded away. */
export function answerStructure(connection: Connection, files: OpenFiles): void {
  connection.onDocumentSymbol(({ textDocument }): DocumentSymbol[] => {
    const file = files.get(textDocument?.uri);
    return file === undefined
      ? []
      : symbols(file, outlineOf(file.flow.tree.declarations, file.flow.tree.imports));
  });
  connection.onFoldingRanges(({ textDocument }): FoldingRange[] => {
    const file = files.get(textDocument?.uri);
    if (file === undefined) return [];
    return foldsOf(file.flow).map(({ first, last, kind }) => ({
      startLine: first - 1,
      endLine: last - 1,
      ...(kind === "comment" && { kind: FoldingRangeKind.Comment }),
    }));
  });
}

function symbols(file: OpenFile, items: readonly OutlineItem[]): DocumentSymbol[] {
  return items.map(({ name, kind, span, nameSpan, children }) => ({
    name,
    kind: kinds[kind],
    range: rangeOf(file.text, span),
    selectionRange: rangeOf(file.text, nameSpan),
    children: symbols(file, children),
  }));
}
