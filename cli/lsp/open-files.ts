import { basename } from "node:path";
import { type Connection, TextDocuments } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type FlowDocument, readDocument } from "../../compiler/index.js";

/** A file as the editor has it, and what the compiler makes of it. */
export interface OpenFile {
  readonly uri: string;
  readonly text: TextDocument;
  readonly flow: FlowDocument;
}

/** The files that are open in the editor. Each state of a file is read at most once, and only when asked for. */
export class OpenFiles {
  readonly #documents = new TextDocuments(TextDocument);
  readonly #read = new Map<string, { readonly version: number; readonly file: OpenFile }>();

  /** Keeps up with the editor from now on. */
  follow(
    connection: Connection,
    told: { readonly changed: (uri: string) => void; readonly closed: (uri: string) => void },
  ): void {
    this.#documents.onDidChangeContent(({ document }) => told.changed(document.uri));
    this.#documents.onDidClose(({ document }) => {
      this.#read.delete(document.uri);
      told.closed(document.uri);
    });
    this.#documents.listen(connection);
  }

  /** Nothing if the editor has not opened it. */
  get(uri: string | undefined): OpenFile | undefined {
    const text = uri === undefined ? undefined : this.#documents.get(uri);
    if (text === undefined) return undefined;
    const known = this.#read.get(text.uri);
    if (known?.version === text.version && known.file.text === text) return known.file;
    const file = { uri: text.uri, text, flow: readDocument(text.getText(), nameOf(text.uri)) };
    this.#read.set(text.uri, { version: text.version, file });
    return file;
  }
}

/** What messages call the file. */
function nameOf(uri: string): string {
  try {
    return basename(decodeURIComponent(new URL(uri).pathname)) || uri;
  } catch {
    return uri;
  }
}
